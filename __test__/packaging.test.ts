// How the package gets into programs: CommonJS, bundlers, and machines without a binary (ai-sdk-provider.md §9).

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const root = new URL('..', import.meta.url);
const text = (name: string) => readFileSync(new URL(name, root), 'utf8');
const NAME = '@auriko/ai-sdk-provider';
const ENTRIES = ['', '/client', '/gateway', '/openai', '/v3'];

describe.skipIf(!existsSync(new URL('dist/index.js', root)))('CommonJS', () => {
  it.each(ENTRIES)(`can require ${NAME}%s`, async (entry) => {
    const program = `console.log(Object.keys(require('${NAME}${entry}')).length > 0)`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=commonjs', '--no-warnings', '--eval', program],
      { cwd: root },
    );
    expect(stdout.trim()).toBe('true');
  });

  it('is documented', () => {
    expect(text('README.md')).toMatch(/CommonJS code can `require` it on Node/);
  });
});

describe('bundlers', () => {
  const { targets } = (JSON.parse(text('package.json')) as { napi: { targets: string[] } }).napi;

  it.each(targets)('find the binary of %s: its name stands in the loader as text', (target) => {
    const [arch = '', , system = '', abi = ''] = target.split('-');
    const platform = { darwin: 'darwin', windows: 'win32', linux: 'linux' }[system] ?? '';
    const cpu = { x86_64: 'x64', aarch64: 'arm64' }[arch] ?? '';
    const name = [platform, cpu, ...(abi === '' ? [] : [abi])].join('-');
    const loader = text('index.js');
    expect(loader).toContain(`require('./auriko.${name}.node')`);
    expect(loader).toContain(`require('${NAME}-${name}')`);
  });

  it('the setting that keeps the addon out of bundles of Next.js is documented', () => {
    expect(text('README.md')).toContain(`serverExternalPackages: ['${NAME}']`);
  });
});

describe('a machine on which the addon does not load', () => {
  const warnings = vi.spyOn(process, 'emitWarning');

  beforeEach(() => {
    vi.resetModules();
    vi.stubEnv('AURIKO_TRANSPORT', '');
    warnings.mockReset().mockReturnValue();
    vi.doMock('../ts/transport/native.js', () => ({ loadNative: async () => ({ reason: 'no binary' }) }));
  });
  afterEach(() => {
    vi.doUnmock('../ts/transport/native.js');
    vi.unstubAllEnvs();
  });

  it('runs on fetch, says why, and warns once with the name of the missing package', async () => {
    const { chooseTransport } = await import('../ts/transport/choose.js');
    for (let count = 0; count < 2; count += 1) {
      const { transport, reason } = await chooseTransport({});
      expect([transport.name, reason]).toEqual(['fetch', 'no binary']);
    }
    expect(warnings).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining(`${NAME}-${process.platform}-${process.arch}`),
      { code: 'AURIKO_FETCH_TRANSPORT' },
    );
  });

  it('fails when the native transport was asked for by name', async () => {
    const { chooseTransport } = await import('../ts/transport/choose.js');
    await expect(chooseTransport({ transport: 'native' })).rejects.toThrow(/no binary/);
    expect(warnings).not.toHaveBeenCalled();
  });
});
