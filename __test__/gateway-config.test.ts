// The configuration's TypeScript types and its JSON Schema, which is made from the types that Rust reads it by, have the
// same keys.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const source = readFileSync(new URL('../ts/gateway/config.ts', import.meta.url), 'utf8');
const schema = JSON.parse(
  readFileSync(new URL('../docs/config.schema.json', import.meta.url), 'utf8'),
) as SchemaNode & { $defs: Record<string, SchemaNode> };

interface SchemaNode {
  readonly properties?: Record<string, unknown>;
}

/** Keys of an interface: the fields that stand one level deep in its body, and what it extends. */
function keysOf(name: string): Set<string> {
  const head = new RegExp(`interface ${name}(?: extends ([^{]+))? \\{\\n`).exec(source);
  if (head === null) throw new Error(`there is no interface ${name}`);
  const body = source.slice(head.index + head[0].length);
  const own = body.slice(0, body.indexOf('\n}\n')).matchAll(/^ {2}readonly (\w+)\??:/gm);
  const keys = new Set([...own].map((match) => match[1] ?? ''));
  for (const base of head[1]?.matchAll(/\b(Prices|TierPrices|ServerBase|ProviderBase)\b/g) ?? []) {
    for (const key of keysOf(base[1] ?? '')) keys.add(key);
  }
  return keys;
}

const described = (name: string) => Object.keys(schema.$defs[name]?.properties ?? {}).sort();

describe('the types of the configuration', () => {
  it.each([
    ['CatalogModelConfig', 'ModelOverlay'],
    ['OfferingConfig', 'OfferingEntry'],
    ['TierConfig', 'Tier'],
    ['ModelConfig', 'ProviderModel'],
    ['CapabilityConfig', 'Capabilities'],
    ['StoreConfig', 'Store'],
    ['AccessConfig', 'Access'],
    ['CreditsConfig', 'Credits'],
    ['TelemetryConfig', 'Telemetry'],
  ])('%s has the keys of %s', (name, definition) => {
    expect([...keysOf(name)].sort()).toEqual(described(definition));
  });

  it('the kinds of providers have the keys of a provider together', () => {
    const kinds = [
      'OpenAICompatibleProviderConfig',
      'AnthropicProviderConfig',
      'GeminiProviderConfig',
      'SimulatedProviderConfig',
    ];
    const keys = new Set(kinds.flatMap((kind) => [...keysOf(kind)]));
    expect([...keys].sort()).toEqual(described('Provider'));
  });

  it('the whole has the keys of the schema, and its limits too', () => {
    expect([...keysOf('GatewayConfig')].sort()).toEqual(Object.keys(schema.properties ?? {}).sort());
    const limits = /readonly limits\?: \{([\s\S]*?)\n {2}\};/.exec(source)?.[1] ?? '';
    const keys = [...limits.matchAll(/readonly (\w+)\?:/g)].map((match) => match[1]);
    expect(keys.sort()).toEqual(described('Limits'));
  });
});
