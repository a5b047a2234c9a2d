// What the case files print, read and put into a table of clients and groups.

const LINE = /^(ok|skip|FAIL) ([^:\s]+)(?:: (.*))?$/;

/** Cases of one client: `{ group, name, outcome, reason }`. A program that died has failed, whatever it counted. */
export function readCases(client, { stdout, stderr, code }) {
  const cases = [];
  for (const line of stdout.split('\n')) {
    const [, outcome, title, reason] = LINE.exec(line) ?? [];
    if (outcome === undefined) continue;
    const [group, name] = title.includes('/') ? title.split('/') : [client.group ?? 'other', title];
    cases.push({ group, name, outcome, reason });
  }
  const hasFailed = cases.some(({ outcome }) => outcome === 'FAIL');
  const hasRun = cases.some(({ outcome }) => outcome === 'ok');
  if (!hasRun || (code !== 0 && !hasFailed)) {
    const reason = `ended with ${code} after ${cases.length} cases: ${stderr.trim().slice(-2000)}`;
    cases.push({ group: client.group ?? 'other', name: client.file, outcome: 'FAIL', reason });
  }
  return cases;
}

/** @param results Cases by client name. */
export function print(results) {
  const groups = [...new Set([...results.values()].flat().map(({ group }) => group))];
  const rows = [...results].map(([client, cases]) => [client, ...groups.map((group) => cell(cases, group))]);
  const table = [['', ...groups], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  console.log();
  for (const row of table) {
    console.log(
      row
        .map((text, column) => text.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
  }
  for (const outcome of ['skip', 'FAIL']) {
    for (const [client, cases] of results) {
      for (const { group, name, reason } of cases.filter((it) => it.outcome === outcome)) {
        console.log(`${outcome} ${client}: ${group}/${name}: ${reason}`);
      }
    }
  }
}

/** Both add up to all cases that ran. */
export function count(results) {
  const all = [...results.values()].flat();
  const failed = all.filter(({ outcome }) => outcome === 'FAIL').length;
  return { passed: all.filter(({ outcome }) => outcome === 'ok').length, failed };
}

function cell(cases, group) {
  const own = cases.filter((it) => it.group === group);
  const ran = own.filter(({ outcome }) => outcome !== 'skip');
  const failed = ran.filter(({ outcome }) => outcome === 'FAIL').length;
  if (ran.length === 0) return own.length === 0 ? '' : 'skip';
  return failed === 0 ? `ok ${ran.length}` : `FAIL ${failed}/${ran.length}`;
}
