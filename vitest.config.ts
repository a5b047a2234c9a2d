// JavaScript tests. Each file in a process of its own: the addon and worker threads share one otherwise.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: { '#transport': fileURLToPath(new URL('./ts/transport/choose.ts', import.meta.url)) },
  },
  test: {
    include: ['__test__/**/*.test.ts'],
    pool: 'forks',
    // For the test that lets go of a stream and waits for the collector.
    execArgv: ['--expose-gc'],
    // Commands that tests start keep nothing, unless a test says where.
    env: { AURIKO_DATA_DIR: ':memory:' },
    testTimeout: 20_000,
    reporters: ['default'],
  },
});
