// `npm run bench:micro`: the pieces of the core on their own, timed by divan: a routing decision, the decoder and the
// encoder of streamed chunks. What they allocate is asserted by tests instead. Options: --quick.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { root } from '../scripts/setup.mjs';
import { describeEnvironment } from './runner/environment.mjs';
import { environmentLines } from './runner/markdown.mjs';
import { readOptions } from './runner/options.mjs';
import { publish } from './runner/publish.mjs';

const BENCHES = [
  { title: 'A routing decision, by number of candidates', crate: 'auriko-routing', bench: 'route' },
  {
    title: '1,000 chunks: bytes to frames, to events, and to bytes again; by size of a read',
    crate: 'auriko-wire',
    bench: 'decode',
  },
];

const { quick, rounds, wants, isPartial } = readOptions();
const profile = quick ? 'fast' : 'release';
const environment = describeEnvironment({ rounds, profile, versions: {} });

const lines = ['# The core in pieces', ''];
lines.push('Made by `npm run bench:micro`; what is measured and how: `benches/BENCHMARKING.md`.', '');
lines.push(...environmentLines(environment));
const outputs = {};
for (const { title, crate, bench } of BENCHES) {
  if (!wants(crate, bench)) continue;
  lines.push('', `## ${title}`);
  outputs[bench] = [];
  // divan samples within a round; rounds show how far its medians differ.
  for (let round = 0; round < rounds; round++) {
    const output = await measure(crate, bench);
    outputs[bench].push(output);
    lines.push('', '```text', output, '```');
  }
}
const markdown = `${lines.join('\n')}\n`;
console.log(markdown);
if (!isPartial) publish('micro', { markdown, data: { environment, outputs } });

async function measure(crate, bench) {
  const args = ['bench', '--quiet', '--package', crate, '--bench', bench, '--profile', profile];
  const limits = quick ? ['--max-time', '0.1'] : ['--min-time', '0.5', '--max-time', '3'];
  const { stdout } = await promisify(execFile)('cargo', [...args, '--', '--color', 'never', ...limits], {
    cwd: root,
  });
  return stdout.trim();
}
