// The table, and what is to be said about it.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const OURS = 'auriko';

/** Verdicts on ours that nobody can be behind with. A row that is `not on the wire` has its reason in `byDesign`. */
export const ASIDE = ['yes', 'other wire', 'not on the wire'];

/** Rows in which a peer is better than ours: ours is not `yes` and a peer is, and no design decision is behind it. */
export function behind(rows) {
  return rows.filter(
    ({ byDesign, results: { [OURS]: ours, ...peers } }) =>
      byDesign === undefined &&
      !ASIDE.includes(ours.verdict) &&
      Object.values(peers).some(({ verdict }) => verdict === 'yes'),
  );
}

/** A verdict as text. */
export function cell({ verdict, detail }) {
  return detail === undefined ? verdict : `${verdict}: ${detail}`;
}

/** How many rows of each verdict a subject has. */
export function countVerdicts(rows, id) {
  const counts = {};
  for (const { results } of rows) {
    const { verdict } = results[id];
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}

/** What a package is made of. */
export function factsOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const code = sizeOf(join(folder, 'dist'), (name) => /\.(js|mjs|cjs)$/.test(name));
  const addon = sizeOf(folder, (name) => /^auriko\..+\.node$/.test(name), false);
  return {
    version: manifest.version,
    engines: manifest.engines?.node ?? 'not stated',
    dependencies: Object.keys(manifest.dependencies ?? {}).length,
    peers: Object.keys(manifest.peerDependencies ?? {}).filter(
      (name) => manifest.peerDependenciesMeta?.[name]?.optional !== true,
    ),
    codeKb: Math.round(code / 1000),
    addonMb: addon === 0 ? undefined : (addon / 1e6).toFixed(1),
  };
}

/** The document. */
export function toMarkdown({ subjects, rows, facts, node, ai }) {
  const ids = Object.keys(subjects);
  const lines = [
    '# Providers compared',
    '',
    'Made by `npm run compare:providers`; every verdict is what an installed package did with the same scripted server,',
    `on Node ${node} with \`ai\` ${ai}. Versions and sizes are at the end.`,
    '',
    '- **yes**: as the row says. **no**, **partly**: what happened instead. **error**: the call failed.',
    '- **partly: with …**: not by default, but with that setting.',
    '- **†**: ours differs on purpose; the reason is below the table.',
    '- **other wire**: `@ai-sdk/gateway` speaks a protocol of its own, in which the server sends finished parts.',
    '  What a row says about chat completions cannot be put to it.',
    '- **not on the wire**: the Auriko API has no endpoint for it; a gateway was asked at each, and answered 404.',
    '',
    'The peers are set up as their documentation says for a server of one’s own. The scripts are in',
    '`scripts/compare-providers/`.',
    '',
    ...table(
      ['', ...ids.map((id) => `\`${subjects[id].package}\``)],
      VERDICTS.map((verdict) => [verdict, ...ids.map((id) => String(countVerdicts(rows, id)[verdict] ?? 0))]),
    ),
  ];
  for (const group of new Set(rows.map((row) => row.group))) {
    const own = rows.filter((row) => row.group === group);
    lines.push(
      '',
      `## ${group}`,
      '',
      ...table(
        ['', ...ids],
        own.map(({ name, byDesign, results }) => [
          byDesign === undefined ? name : `${name} †`,
          ...ids.map((id) => cell(results[id])),
        ]),
      ),
    );
    const reasons = own.filter(({ byDesign }) => byDesign !== undefined);
    if (reasons.length > 0)
      lines.push('', ...reasons.map(({ name, byDesign }) => `- † ${name}: ${byDesign}.`));
  }
  const fact = (title, text) => [title, ...ids.map((id) => text(facts[id]))];
  lines.push(
    '',
    '## Packages',
    '',
    ...table(
      ['', ...ids],
      [
        fact('version', ({ version }) => version),
        fact('Node', ({ engines }) => `\`${engines}\``),
        fact('JavaScript', ({ codeKb }) => `${codeKb} kB`),
        fact('addon as built here', ({ addonMb }) => (addonMb === undefined ? 'none' : `${addonMb} MB`)),
        fact('direct dependencies', ({ dependencies }) => String(dependencies)),
        fact(
          'required peer dependencies',
          ({ peers }) => peers.map((name) => `\`${name}\``).join(', ') || 'none',
        ),
      ],
    ),
    '',
  );
  return lines.join('\n');
}

const VERDICTS = ['yes', 'partly', 'no', 'error', 'other wire', 'not on the wire'];

function table(head, rows) {
  const line = (cells) => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function sizeOf(folder, isCounted, isDeep = true) {
  let size = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) size += isDeep ? sizeOf(path, isCounted) : 0;
    else if (isCounted(entry.name)) size += statSync(path).size;
  }
  return size;
}
