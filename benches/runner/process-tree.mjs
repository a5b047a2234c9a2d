// CPU time and memory of a server and everything that it started, from Linux's /proc. Elsewhere there are no numbers.

import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second in /proc; the kernel's interface fixes it on every architecture that we build for. */
const TICKS_PER_SECOND = 100;

/** Whether this system can be asked. */
export const canReadProcesses = process.platform === 'linux';

/**
 * What process `pid` and its descendants have used so far; zeros when there is none.
 *
 * `cpuSeconds`: user and system, children that have ended included. `rssMiB`: resident now; pages that several
 * processes share count once for each.
 */
export function readTree(pid) {
  const all = readAll();
  let ticks = 0;
  let rssKiB = 0;
  for (const member of [pid, ...descendants(all, pid)]) {
    ticks += all.get(member)?.ticks ?? 0;
    rssKiB += readRssKiB(member);
  }
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssMiB: rssKiB / 1024 };
}

/** The processes that `pid` started, and those that they started. */
export function descendantsOf(pid) {
  return descendants(readAll(), pid);
}

function readAll() {
  const all = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(name);
    if (stat !== undefined) all.set(Number(name), stat);
  }
  return all;
}

function descendants(all, pid) {
  const children = [...all.keys()].filter((other) => all.get(other).parent === pid);
  return children.flatMap((child) => [child, ...descendants(all, child)]);
}

/** The fields of proc(5) that matter here; undefined when the process has ended meanwhile. */
function readStat(pid) {
  const text = readProc(pid, 'stat');
  if (text === undefined) return undefined;
  // The command's name, in brackets, may hold anything. Field 3 of the manual is `fields[0]`.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number) => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) };
}

function readRssKiB(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readProc(pid, 'status') ?? '')?.[1] ?? 0);
}

function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
