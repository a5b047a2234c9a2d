// The frame of the benchmarks: what a published number is made of must not be wrong by itself.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';

const load = (name: string) => import(new URL(`../benches/runner/${name}.mjs`, import.meta.url).href);
const [{ alternate, Samples }, summary, markdown, { barChart }, tree] = await Promise.all(
  ['rounds', 'summary', 'markdown', 'chart', 'process-tree'].map(load),
);

describe('rounds', () => {
  test('every second one runs backwards', async () => {
    const seen: string[] = [];
    await alternate(['a', 'b', 'c'], 3, async (item: string, round: number) => {
      seen.push(`${round}${item}`);
    });
    expect(seen.join(' ')).toBe('0a 0b 0c 1c 1b 1a 2a 2b 2c');
  });

  test('samples come in the order asked for, and only those that there are', () => {
    const samples = new Samples();
    samples.add('slow', 'b', { ms: 2 });
    samples.add('slow', 'a', { ms: 1 });
    samples.add('slow', 'b', { ms: 4 });
    const ordered = samples.inOrder(['fast', 'slow'], ['a', 'b', 'c']);
    expect(JSON.stringify(ordered)).toBe('{"slow":{"a":[{"ms":1}],"b":[{"ms":2},{"ms":4}]}}');
  });
});

describe('summary', () => {
  const summarized = summary.summarize({
    s: { ours: [{ ms: 3 }, { ms: 1 }, { ms: 2, mib: 5 }], theirs: [{ ms: 4 }, { ms: 8 }] },
  });

  test('medians and extremes; a metric counts where it was measured', () => {
    expect(summarized.s.ours).toEqual({
      ms: { median: 2, min: 1, max: 3 },
      mib: { median: 5, min: 5, max: 5 },
    });
    expect(summarized.s.theirs.ms.median).toBe(6);
  });

  test('ratios and differences of medians, undefined without both sides', () => {
    expect(summary.ratio(summarized.s, 'ours', 'theirs', 'ms')).toBeCloseTo(1 / 3);
    expect(summary.difference(summarized.s, 'ours', 'theirs', 'ms')).toBe(-4);
    expect(summary.ratio(summarized.s, 'ours', 'theirs', 'mib')).toBeUndefined();
    expect(summary.difference(summarized.none, 'ours', 'theirs', 'ms')).toBeUndefined();
  });

  test('bars say what was wanted, what came, and whether that is enough', () => {
    const bar = (value: number | undefined) => ({
      text: 't',
      wanted: 'at most 1',
      value: () => value,
      isMet: (got: number) => got <= 1,
      format: (got: number) => `${got}×`,
    });
    expect(summary.judge([bar(0.5), bar(2), bar(undefined)], {})).toEqual([
      { text: 't', wanted: 'at most 1', got: '0.5×', met: true },
      { text: 't', wanted: 'at most 1', got: '2×', met: false },
      { text: 't', wanted: 'at most 1', got: 'not measured' },
    ]);
  });
});

test('what is added is compared as times, since a floor may add less than nothing', async () => {
  const { BARS } = await import(new URL('../benches/gateway/bars.mjs', import.meta.url).href);
  const bars = BARS.filter(({ text }: { text: string }) => text.includes('first token p99'));
  const verdict = (ours: number, theirs: number) => {
    const times = {
      'no gateway': 1000,
      'pass-through (hyper)': 1000 + theirs,
      'auriko (binary)': 1000 + ours,
    };
    const subjects = Object.entries(times).map(([name, median]) => [name, { firstTokenP99Us: { median } }]);
    return summary.judge(bars, { 'stream 32x200@10ms': Object.fromEntries(subjects) })[0];
  };
  expect(verdict(-366, -132)).toMatchObject({ got: '-366 beside -132 µs', met: true });
  expect(verdict(-50, -132)).toMatchObject({ met: false });
  expect(verdict(109, 100)).toMatchObject({ met: true });
  expect(verdict(111, 100)).toMatchObject({ met: false });
});

describe('pages', () => {
  test('numbers', () => {
    expect(markdown.decimal(12_345.678, 1)).toBe('12,345.7');
    expect(markdown.decimal(undefined)).toBe('–');
    expect(markdown.withSpread({ median: 2, min: 1, max: 3 }, String)).toBe('2 (1–3)');
    expect(markdown.withSpread(undefined, String)).toBe('–');
    expect(markdown.table(['a', 'b'], [['x', '1']])).toEqual(['| a | b |', '|---|---:|', '| x | 1 |']);
  });

  test('a chart draws bars in proportion and escapes names', () => {
    const row = (name: string, value: number, isOurs: boolean) => ({
      name,
      isOurs,
      value: { median: value, min: value, max: value },
    });
    const svg: string = barChart([
      { title: 'a < b', format: String, rows: [row('"ours" & co', 2, true), row('theirs', 4, false)] },
      { title: 'nothing', format: String, rows: [row('zero', 0, false)] },
    ]);
    const width = (kind: string) =>
      Number(new RegExp(`class="${kind}" .*? width="([\\d.]+)"`).exec(svg)?.[1]);
    expect(width('bar') / width('ours')).toBeCloseTo(2, 1);
    expect(svg).toContain('a &lt; b');
    expect(svg).toContain('&quot;ours&quot; &amp; co');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe.runIf(tree.canReadProcesses)('process trees', () => {
  test('a process counts with its children', async () => {
    // A shell that waits for a child of its own, which holds 64 MiB and has burnt some CPU.
    const burn =
      'const held = Buffer.alloc(64 << 20, 1); for (let i = 0; i < 2e8; i++); console.log(held.length); setInterval(() => {}, 1000)';
    const shell = spawn('sh', ['-c', '"$0" -e "$1"; true', process.execPath, burn], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(shell.stdout, 'data');
    const used = tree.readTree(shell.pid);
    const [child] = tree.descendantsOf(shell.pid);
    process.kill(child);
    await once(shell, 'exit');
    expect(used.rssMiB).toBeGreaterThan(64);
    expect(used.cpuSeconds).toBeGreaterThan(0.02);
    expect(tree.readTree(shell.pid)).toEqual({ cpuSeconds: 0, rssMiB: 0 });
  });
});

describe('profile-guided builds', () => {
  test('a tool that is named is taken or nothing is, never another one', async () => {
    const url = new URL('../scripts/build-pgo/llvm-profdata.mjs', import.meta.url).href;
    const { findLlvmProfdata } = await import(url);
    vi.stubEnv('LLVM_PROFDATA', '/does/not/exist');
    expect(findLlvmProfdata()).toBeUndefined();
    // Anything that knows its own version.
    vi.stubEnv('LLVM_PROFDATA', process.execPath);
    expect(findLlvmProfdata()).toBe(process.execPath);
    vi.unstubAllEnvs();
  });
});
