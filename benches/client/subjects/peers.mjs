// The packages that people use instead, as their documentation sets them up.

import { completionsClient } from './auriko.mjs';
import { API_KEY, MODEL } from './call.mjs';

export async function openaiCompatible({ baseURL, headers }) {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const settings = { name: 'mock', apiKey: API_KEY, baseURL, headers, includeUsage: true };
  return createOpenAICompatible(settings)(MODEL);
}

export async function openrouter({ baseURL, headers }) {
  const { createOpenRouter } = await import('@openrouter/ai-sdk-provider');
  return createOpenRouter({ apiKey: API_KEY, baseURL, headers }).chat(MODEL);
}

export async function openaiSdk({ baseURL, headers }) {
  const { OpenAI } = await import('openai');
  return completionsClient(new OpenAI({ apiKey: API_KEY, baseURL, defaultHeaders: headers, maxRetries: 0 }));
}
