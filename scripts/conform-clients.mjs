// `npm run conform:clients`: the clients that people have, as published and unchanged, against a gateway started as a
// user starts it. Its providers are simulated (conform-clients/gateway.toml), but for two vendors, whose servers are
// played and read what they are sent with the vendors' own types. Prints a table of clients and groups of cases, and one
// closing line `N cases, N failed`. Options: --no-setup (take addon and dist as they are), --only TEXT (part of a client's
// name), --verbose (every case).

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CLIENTS, NPM, PYTHON } from './conform-clients/clients.mjs';
import { count, print, readCases } from './conform-clients/report.mjs';
import { startServer } from './processes.mjs';
import { pythonWith } from './python.mjs';
import { cache, execute, installPackage } from './runtimes.mjs';
import { fail, root, setUp } from './setup.mjs';

/** Clients tried at the same time. Each is one busy process, and its gateway little more than idle. */
const AT_ONCE = 3;
/** Many times what any of them takes. */
const TIME_LIMIT_MS = 240_000;

const { values: options } = parseArgs({
  options: {
    'no-setup': { type: 'boolean', default: false },
    only: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const folder = join(root, 'scripts', 'conform-clients');
const project = join(cache, 'project-clients');
// The AI SDK and openai 7 need Node 22.
const pinnedNode = join(root, 'node_modules/node/bin/node');
const node = existsSync(pinnedNode) ? pinnedNode : process.execPath;

try {
  if (!options['no-setup']) await setUp();
  const pythons = {};
  for (const [name, packages] of Object.entries(PYTHON)) pythons[name] = await pythonWith(name, packages);
  await installPackage(project, () => NPM);
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.mjs')) copyFileSync(join(folder, name), join(project, name));
  }
  copyFileSync(join(root, 'scripts/test-openai/examples.mjs'), join(project, 'examples.mjs'));
  const results = await tryAll(pythons);
  print(results);
  const { passed, failed } = count(results);
  console.log(`\n${passed + failed} cases, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  fail(error);
}

/** Cases by name of the client, in the order of the table. */
async function tryAll(pythons) {
  const vendors = await Promise.all(
    ['anthropic', 'gemini'].map(async (vendor) => {
      const script = join(folder, `vendor_${vendor}.py`);
      const ready = /^listens on (\S+)$/;
      return [vendor, await startServer(pythons['clients-vendors'], ['-B', script], { ready })];
    }),
  );
  const config = writeConfig(Object.fromEntries(vendors.map(([vendor, { url }]) => [vendor, url])));
  const clients = CLIENTS.filter(({ name }) => !options.only || name.includes(options.only));
  const results = new Map(clients.map(({ name }) => [name, []]));
  const waiting = [...clients];
  const work = async () => {
    for (let client = waiting.shift(); client !== undefined; client = waiting.shift()) {
      results.set(client.name, await tryOne(client, config, pythons));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await Promise.all(vendors.map(([, server]) => server.stop()));
  return results;
}

/** Each client has a gateway to itself, so that none meets what another's failures left behind. */
async function tryOne(client, config, pythons) {
  const command = join(project, 'node_modules/@auriko/ai-sdk-provider/dist/cli.js');
  const gateway = await startServer(node, [command, 'gateway', '--port', '0', '--config', config], {
    ready: /listens on (\S+)/,
    env: { ...process.env, AURIKO_LOG: 'error', AURIKO_DATA_DIR: ':memory:' },
  });
  const started = Date.now();
  const { python, file, args = [] } = client;
  const program = python === undefined ? [node] : [pythons[python], '-B'];
  const path = join(python === undefined ? project : folder, file);
  const [executable, ...flags] = program;
  const output = await execute(executable, [...flags, path, gateway.url, ...args], project, TIME_LIMIT_MS);
  await gateway.stop();
  if (options.verbose) process.stdout.write(output.stdout);
  const cases = readCases(client, output);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${client.name}: ${cases.length} cases in ${seconds} s`);
  return cases;
}

function writeConfig(urls) {
  const text = readFileSync(join(folder, 'gateway.toml'), 'utf8');
  mkdirSync(project, { recursive: true });
  const path = join(project, 'gateway.toml');
  writeFileSync(
    path,
    text.replace(/\{\{(\w+)\}\}/g, (placeholder, name) => urls[name] ?? placeholder),
  );
  return path;
}
