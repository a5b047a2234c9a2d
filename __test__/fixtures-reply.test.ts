// Every recorded plain reply through every transport, against values read off the wire by hand.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuriko } from '../ts/index.js';
import { fixture, hasFixtures } from './helpers/fixtures.js';
import { scriptedServer, text } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

type Text = string | readonly [length: number, sha256: string] | undefined;

interface Expected {
  readonly id: string;
  readonly model: string;
  readonly text: Text;
  readonly reasoning: Text;
  readonly tool?: readonly [id: string, name: string, input: string];
  readonly finish: readonly [unified: string, raw: string];
  readonly input: readonly (number | undefined)[];
  readonly output: readonly (number | undefined)[];
  readonly more?: Record<string, string>;
}

const u = undefined;

/** `input` is total, noCache, cacheRead; `output` is total, text, reasoning. */
const EXPECTED: Record<string, Expected> = {
  'alibaba__alibaba-reasoning': {
    id: 'chatcmpl-296c9a8c-4984-9b34-9b83-844f6208995e',
    model: 'qwen3-max',
    text: [952, '9c8692adee3c934a'],
    reasoning: [4213, '6b468d720a3b553d'],
    finish: ['stop', 'stop'],
    input: [24, 24, 0],
    output: [1668, 315, 1353],
  },
  'cerebras__cerebras-structured-output-tools.1': {
    id: 'chatcmpl-d89ba80c-26b3-442c-ac3c-d7e94a99c484',
    model: 'zai-glm-4.7',
    text: u,
    reasoning: [249, '1565615d435632a0'],
    tool: ['85e4fd267', 'nonUsefulTool', '{}'],
    finish: ['tool-calls', 'tool_calls'],
    input: [322, 66, 256],
    output: [65, 7, 58],
    more: { systemFingerprint: 'fp_a33c042689e969567008' },
  },
  'deepseek__deepseek-tool-call': {
    id: '7a630f5b-b7e6-4878-82f8-d77db164d42b',
    model: 'deepseek-reasoner',
    text: u,
    reasoning: [242, 'd5434badc4daac36'],
    tool: ['call_00_9V0vrf86Pc9aelHCJMZqnJBo', 'weather', '{"location": "San Francisco"}'],
    finish: ['tool-calls', 'tool_calls'],
    input: [339, 19, 320],
    output: [92, 44, 48],
    more: { systemFingerprint: 'fp_eaab8d114b_prod0820_fp8_kvcache' },
  },
  'groq__groq-reasoning': {
    id: 'chatcmpl-73cf8a54-d54e-400c-88b8-603d1a346d96',
    model: 'qwen/qwen3-32b',
    text: [206, 'fd8a18719dd4c0b3'],
    reasoning: [1724, '824c135ad3f2a29b'],
    finish: ['stop', 'stop'],
    input: [17, u, u],
    output: [649, 79, 570],
    more: { systemFingerprint: 'fp_5cf921caa2', serviceTier: 'on_demand' },
  },
  'mistral__mistral-tool-call': {
    id: 'b3999b8c93e04e11bcbff7bcab829667',
    model: 'mistral-small-latest',
    text: u,
    reasoning: u,
    tool: ['gSIMJiOkT', 'weather', '{"location": "San Francisco"}'],
    finish: ['tool-calls', 'tool_calls'],
    input: [124, u, u],
    output: [22, u, u],
  },
  'openai-compatible__xai-text': {
    id: 'edea4703-19aa-6d74-fedb-dc1c213543e0',
    model: 'grok-3-mini',
    text: 'Grok',
    reasoning: [1367, '45cf12075f51391a'],
    finish: ['stop', 'stop'],
    input: [12, 10, 2],
    output: [2, 0, 320],
    more: { systemFingerprint: 'fp_2a885414fb' },
  },
  'openai__openai-text': {
    id: 'chatcmpl-D8Z5f52zQqikDBEKQMQoYcWMcWPeU',
    model: 'gpt-4.1-nano-2025-04-14',
    text: [1842, '0bd93e941831fcdd'],
    reasoning: u,
    finish: ['stop', 'stop'],
    input: [16, 16, 0],
    output: [363, 363, 0],
    more: { systemFingerprint: 'fp_de604bd877', serviceTier: 'default' },
  },
  'perplexity__perplexity-text': {
    id: 'aec30d94-c6a5-4d30-935e-97dbe8de9f85',
    model: 'sonar',
    text: [1970, '7f701f9b36727f3e'],
    reasoning: u,
    finish: ['stop', 'stop'],
    input: [11, u, u],
    output: [392, u, u],
  },
  'xai__xai-tool-call': {
    id: '61c0468b-2a98-413e-f654-dbffcdbb62c1',
    model: 'grok-3-mini',
    text: u,
    reasoning: [357, '634b9de53cb52f6a'],
    tool: ['call_93562515', 'weather', '{"location":"San Francisco"}'],
    finish: ['tool-calls', 'tool_calls'],
    input: [291, 47, 244],
    output: [26, 0, 189],
    more: { systemFingerprint: 'fp_2a885414fb' },
  },
};

const PROMPT = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }];

function fingerprint(value: string | undefined): Text {
  if (value === undefined || value.length < 70) return value;
  return [value.length, createHash('sha256').update(value).digest('hex').slice(0, 16)];
}

describe.skipIf(!hasFixtures).each(transports)('recorded replies over %s', (_, transport) => {
  it.each(Object.entries(EXPECTED))('%s', async (name, expected) => {
    const server = await scriptedServer(text(200, fixture(`${name}.json`)));
    const model = createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url })('m');
    const result = await model.doGenerate({ prompt: PROMPT });
    const textPart = result.content.find((part) => part.type === 'text');
    const reasoningPart = result.content.find((part) => part.type === 'reasoning');
    const [toolPart] = result.content.filter((part) => part.type === 'tool-call');
    expect(fingerprint(textPart?.text)).toEqual(expected.text);
    expect(fingerprint(reasoningPart?.text)).toEqual(expected.reasoning);
    expect(toolPart && [toolPart.toolCallId, toolPart.toolName, toolPart.input]).toEqual(expected.tool);
    expect(result.finishReason).toEqual({ unified: expected.finish[0], raw: expected.finish[1] });
    const { inputTokens, outputTokens, raw } = result.usage;
    expect([inputTokens.total, inputTokens.noCache, inputTokens.cacheRead]).toEqual(expected.input);
    expect([outputTokens.total, outputTokens.text, outputTokens.reasoning]).toEqual(expected.output);
    expect(raw).toEqual((JSON.parse(fixture(`${name}.json`)) as { usage: unknown }).usage);
    expect([result.response?.id, result.response?.modelId]).toEqual([expected.id, expected.model]);
    expect(result.providerMetadata?.auriko).toEqual(expected.more ?? {});
    expect(result.warnings).toEqual([]);
  });

  it('openai__reasoning-model-legacy-parameter-error: the error of a provider in its own words', async () => {
    const server = await scriptedServer(
      text(400, fixture('openai__reasoning-model-legacy-parameter-error.json')),
    );
    const model = createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url })('m');
    await expect(model.doGenerate({ prompt: PROMPT })).rejects.toMatchObject({
      name: 'BadRequestError',
      code: 'unsupported_parameter',
      param: 'max_tokens',
      statusCode: 400,
      isRetryable: false,
      message: expect.stringContaining("'max_tokens' is not supported with this model"),
    });
    expect(server.requests.length).toBe(1);
  });
});
