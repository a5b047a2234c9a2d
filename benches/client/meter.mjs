// What one process spends between `start` and `stop`.

import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between two looks at the event loop. A finer timer would itself show in the main thread's time. */
const LOOK_MS = 10;

/** @returns a function that stops and gives the readings */
export function startMeter() {
  const delay = monitorEventLoopDelay({ resolution: LOOK_MS });
  delay.enable();
  const started = {
    wall: performance.now(),
    loop: performance.eventLoopUtilization(),
    main: process.threadCpuUsage(),
    all: process.cpuUsage(),
  };
  return () => {
    const main = process.threadCpuUsage(started.main);
    const all = process.cpuUsage(started.all);
    const loop = performance.eventLoopUtilization(started.loop);
    const wallMs = performance.now() - started.wall;
    delay.disable();
    return {
      wallMs,
      /** CPU time of the main thread, user and system. */
      mainThreadUs: main.user + main.system,
      /** CPU time of all threads. */
      processCpuUs: all.user + all.system,
      /** Wall time in which the event loop did not wait. */
      loopActiveUs: loop.active * 1000,
      loopDelayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - LOOK_MS),
    };
  };
}

/**
 * The longest time for which the event loop stood still, milliseconds, while `work` ran. A timer notes when it is called;
 * what is longer than its 1 ms is a pause.
 */
export async function longestPause(work) {
  let longest = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  // One turn first, so that the timer itself is warm.
  await new Promise((resolve) => setTimeout(resolve, 5));
  longest = 0;
  last = performance.now();
  await work();
  look();
  clearInterval(timer);
  return Math.max(0, longest - 1);
}

/** The middle of the values, and the one that 99 of 100 do not exceed. */
export function percentiles(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    p50: sorted[sorted.length >> 1],
    p99: sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1)],
  };
}

/** Megabytes that the process holds after two collections; the second takes what finalizers let go of. */
export async function settledRssMiB() {
  for (let round = 0; round < 2; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage.rss() / 1024 ** 2;
}
