import { defineConfig } from 'vitest/config';

// What is polled comes within seconds; a machine that is busy with something else may take longer, and a test that fails for it says nothing.
// One server and one Chromium at a time: the machine is to be measured with one load on it.
export default defineConfig({
  test: { include: ['browser/**/*.test.ts'], fileParallelism: false, testTimeout: 30_000, hookTimeout: 90_000, expect: { poll: { timeout: 15_000 } } },
});
