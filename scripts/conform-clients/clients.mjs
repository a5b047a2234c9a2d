// Which clients are tried: their packages in exactly these versions, and the case file of each.

/**
 * Python packages by virtual environment. Auriko's package wants an older `openai` than OpenAI's newest; LangChain's is
 * the one that its `langchain` extra brings.
 */
export const PYTHON = {
  'clients-auriko': {
    'auriko[openai-compat,langchain]': '1.2.0',
    openai: '2.54.0',
    'langchain-openai': '1.2.2',
  },
  'clients-vendors': { openai: '3.54.0', anthropic: '2.12.0', 'google-genai': '3.4.0' },
};

/** npm packages beside ours. */
export const NPM = {
  ai: '7.0.173',
  '@ai-sdk/anthropic': '4.0.105',
  '@ai-sdk/openai': '4.0.118',
  '@ai-sdk/openai-compatible': '3.0.92',
  '@anthropic-ai/sdk': '1.12.0',
  openai: '7.57.0',
  zod: '4.6.7',
};

/**
 * The clients in the order of the table. `file` ends in `.py`: `python` names its environment. `group`: that of cases
 * which name none.
 */
export const CLIENTS = [
  { name: 'auriko (Python)', python: 'clients-auriko', file: 'auriko_cases.py', args: ['sync'] },
  { name: 'auriko (Python, async)', python: 'clients-auriko', file: 'auriko_cases.py', args: ['async'] },
  { name: 'AurikoAsyncOpenAI', python: 'clients-auriko', file: 'auriko_openai_cases.py' },
  { name: 'openai (Python)', python: 'clients-vendors', file: 'openai_cases.py', args: ['sync'] },
  { name: 'openai (Python, async)', python: 'clients-vendors', file: 'openai_cases.py', args: ['async'] },
  { name: 'LangChain ChatOpenAI', python: 'clients-auriko', file: 'langchain_cases.py' },
  { name: 'anthropic (Python)', python: 'clients-vendors', file: 'anthropic_cases.py', group: 'messages' },
  { name: 'openai (TypeScript)', file: 'openai_cases.mjs' },
  { name: '@auriko/ai-sdk-provider', file: 'ai_sdk_cases.mjs', args: ['auriko'] },
  { name: '@ai-sdk/openai-compatible', file: 'ai_sdk_cases.mjs', args: ['openai-compatible'] },
  { name: 'Responses (Python)', python: 'clients-auriko', file: 'responses_cases.py', group: 'responses' },
  { name: '@ai-sdk/openai', file: 'ai_sdk_responses_cases.mjs', group: 'responses' },
  { name: '@ai-sdk/anthropic', file: 'ai_sdk_anthropic_cases.mjs', group: 'messages' },
  { name: 'vendor: Anthropic', python: 'clients-vendors', file: 'vendor_cases.py', args: ['anthropic'] },
  { name: 'vendor: Gemini', python: 'clients-vendors', file: 'vendor_cases.py', args: ['google_ai_studio'] },
];
