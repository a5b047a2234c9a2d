// Judges the runs against each other and says what came of it.

import { differences } from './compare.mjs';
import { EXPECTED } from './differences.mjs';
import { OFFICIAL_VERSION } from './official.mjs';

/** Which run is compared with which: ours over both transports with the sync client, and the async client with it. */
const PAIRS = [
  ['sync', 'fetch'],
  ['sync', 'native'],
];

/** `{ rows, expected, unexpected, unused, selfDifferences }`. */
export function judge(cases, runs, { isPartial }) {
  const unexpected = [];
  const expected = [];
  const used = new Set();
  for (const { name } of cases) {
    const own = differences(runs.sync.get(name), runs.async.get(name));
    for (const difference of own) unexpected.push({ name, pair: 'sync against async', ...difference });
    for (const [official, ours] of PAIRS) {
      if (!runs[ours].has(name)) continue;
      for (const difference of compareRuns(runs[official].get(name), runs[ours].get(name))) {
        const reason = EXPECTED.find((entry) => entry.cases.test(name) && entry.paths.test(difference.path));
        if (reason === undefined) unexpected.push({ name, pair: ours, ...difference });
        else {
          used.add(reason);
          expected.push({ name, pair: ours, reason, ...difference });
        }
      }
    }
  }
  const unused = isPartial ? [] : EXPECTED.filter((entry) => !used.has(entry));
  return { cases, native: runs.native.size, expected, unexpected, unused };
}

function compareRuns(official, ours) {
  // Over native the waits are real and not noted.
  const { waits, ...rest } = official;
  return differences(ours.waits === undefined ? rest : official, ours);
}

/** Prints what was found, and one closing line. */
export function print({ cases, native, expected, unexpected, unused }, isVerbose) {
  for (const { name, pair, path, official, ours } of unexpected) {
    console.log(
      `\n${name} (${pair})\n  ${path}\n    official ${short(official)}\n    ours     ${short(ours)}`,
    );
  }
  if (isVerbose) {
    for (const { name, pair, path, official, ours, reason } of expected) {
      console.log(`\n${name} (${pair}): ${reason.reason}\n  ${path}: ${short(official)} → ${short(ours)}`);
    }
  }
  for (const { cases: pattern, reason } of unused) {
    console.log(`\nlisted, but no case differs: ${pattern} (${reason})`);
  }
  const names = new Set(expected.map(({ name }) => name));
  console.log(
    `\n${cases.length} cases (${native} of them over native too), ${names.size} with expected differences, ` +
      `${unexpected.length} unexpected differences`,
  );
}

function short(value) {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** The report as a page. */
export function toMarkdown({ cases, native, expected, unexpected }) {
  const themes = Map.groupBy(cases, ({ theme }) => theme);
  const rows = [...themes].map(([theme, list]) => `| ${theme} | ${list.length} |`);
  const reasons = Map.groupBy(expected, ({ reason }) => reason);
  const listed = [...reasons].map(([{ reason }, list]) => {
    const names = [...new Set(list.map(({ name }) => name))];
    const shown = names.slice(0, 3).join('; ');
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return `| ${reason} | ${names.length} | ${shown}${more} |`;
  });
  return `# The SDK against the official Python package

Made by \`npm run conform -- --write\`: the PyPI package \`auriko\` ${OFFICIAL_VERSION}, sync and async, and
\`@auriko/ai-sdk-provider/client\` go through the same cases against the same scripted server. Compared are the requests
that arrived, the waits between them (the jitter of both is seeded), the error with every attribute, and the parsed
values. ${cases.length} cases over fetch, ${native} of them over native too, where waits are real and not compared;
${unexpected.length} unexpected differences.

| theme | cases |
|---|---:|
${rows.join('\n')}

## Differences on purpose

| reason | cases | which |
|---|---:|---|
${listed.join('\n')}
`;
}
