// `npm run e2e:llm`: a real language model, since a scripted server only says what its author thought of.
// SmolLM2-135M, served on loopback by llama-cpp-python from a virtual environment of the script's own, is asked
// (a) directly by the provider, (b) through the gateway as a process, (c) there through `/v1/responses` and (d)
// through `/v1/messages`. Compiling the server takes minutes the
// first time, hence not part of CI. `--record` also keeps the server's raw replies in fixtures/llama-cpp.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installModel, MODEL, startLlama } from './e2e-llm/model.mjs';
import { record } from './e2e-llm/record.mjs';
import { startServer } from './processes.mjs';
import { fail, root, setUp } from './setup.mjs';

const { values: options } = parseArgs({ options: { record: { type: 'boolean', default: false } } });
const folder = mkdtempSync(join(tmpdir(), 'auriko-e2e-'));
try {
  await setUp();
  await installModel();
  const llama = await startLlama();
  const upstream = `${llama.url}/v1`;
  console.log(`\nllama-cpp-python ${llama.version} serves ${MODEL} at ${upstream}`);
  if (options.record) await record(upstream, llama.version);

  // Not imported above: before the set-up there may be nothing to import.
  const { createAuriko } = await import('../dist/index.js');
  const { checkProvider } = await import('./e2e-llm/checks.mjs');
  const { checkMessages } = await import('./e2e-llm/messages.mjs');
  const connect = (baseURL) => createAuriko({ baseURL, apiKey: 'ak_test_e2e' });
  const failures = await checkProvider('provider → llama-cpp-python', connect(upstream)(MODEL), {
    reportsStreamUsage: false,
  });
  const gateway = await startGateway(upstream);
  console.log(`\n${gateway.output.join('\n')}`);
  failures.push(
    ...(await checkProvider('provider → gateway → llama-cpp-python', connect(`${gateway.url}/v1`)(MODEL), {
      reportsStreamUsage: true,
    })),
    ...(await checkProvider(
      'provider → /v1/responses → gateway → llama-cpp-python',
      connect(`${gateway.url}/v1`).responses(MODEL),
      { reportsStreamUsage: true },
    )),
    ...(await checkMessages(gateway.url, MODEL)),
  );
  await gateway.stop();
  await llama.stop();
  for (const failure of failures) console.error(`failed: ${failure}`);
  console.log(failures.length === 0 ? '\nall checks passed' : `\n${failures.length} checks failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} catch (error) {
  fail(error);
} finally {
  rmSync(folder, { recursive: true });
}

function startGateway(upstream) {
  const config = join(folder, 'gateway.toml');
  writeFileSync(
    config,
    `[[providers]]
id = "llama-cpp"
kind = "openai-compatible"
base_url = "${upstream}"
models = [{ id = "${MODEL}", input_price = 0.1, output_price = 0.4 }]
`,
  );
  const args = [
    'dist/cli.js',
    'gateway',
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--data-dir',
    ':memory:',
    '--config',
    config,
  ];
  return startServer(process.execPath, args, {
    cwd: root,
    ready: /(http:\/\/127\.0\.0\.1:\d+)/,
  });
}
