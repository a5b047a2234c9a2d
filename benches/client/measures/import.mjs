// What importing a package costs a new process, and when its first reply is there, counted from the import.

import { expectPlain } from '../script.mjs';

export async function measure(open, scenario, subject) {
  const rssBefore = process.memoryUsage.rss();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await subject.load();
  const importMs = performance.now() - startedAt;
  const cpu = process.cpuUsage(cpuBefore);
  const rssMiB = (process.memoryUsage.rss() - rssBefore) / 1024 ** 2;
  const client = await open(scenario);
  expectPlain(await client.plain(), scenario);
  return {
    importMs,
    importCpuMs: (cpu.user + cpu.system) / 1000,
    rssMiB,
    firstReplyMs: performance.now() - startedAt,
  };
}
