// Stands in for a command line that workerd does not have: bundles the Worker as a deployment would, runs it in workerd
// and prints its answer. Arguments as those of program.mjs; `--version` prints workerd's.

import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { cache } from '../runtimes.mjs';

const require = createRequire(join(cache, 'package.json'));
const project = join(cache, 'project');

/** Dependencies of `ai` require Node's modules; `nodejs_compat` has them as imports, and Wrangler maps them so too. */
const builtins = {
  name: 'builtins',
  resolveId: (id) => (isBuiltin(id) && !id.startsWith('node:') ? `\0${id}` : undefined),
  load(id) {
    if (!id.startsWith('\0') || !isBuiltin(id.slice(1))) return undefined;
    const source = JSON.stringify(`node:${id.slice(1)}`);
    return `export * from ${source}; export { default } from ${source};`;
  },
};

const [baseURL, chunks, characters] = process.argv.slice(2);
if (baseURL === '--version') {
  console.log(`workerd ${require('workerd/package.json').version}`);
} else {
  const build = await rolldown({
    input: join(project, 'worker.mjs'),
    cwd: project,
    platform: 'neutral',
    resolve: { conditionNames: ['workerd', 'worker', 'import', 'default'], mainFields: ['module', 'main'] },
    external: /^node:/,
    plugins: [builtins],
    tsconfig: false,
    logLevel: 'warn',
  });
  const { output } = await build.generate({ format: 'esm', codeSplitting: false });
  await build.close();
  const { Miniflare } = require('miniflare');
  const worker = new Miniflare({
    modules: true,
    script: output[0].code,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['nodejs_compat'],
    host: '127.0.0.1',
    port: 0,
  });
  const body = JSON.stringify({ baseURL, chunks: Number(chunks), characters: Number(characters) });
  const reply = await worker.dispatchFetch('http://worker.test/', { method: 'POST', body });
  const text = await reply.text();
  await worker.dispose();
  if (!reply.ok) throw new Error(text);
  console.log(text);
}
