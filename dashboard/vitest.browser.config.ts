import { defineConfig } from 'vitest/config';

// One server and one Chromium at a time: the machine is to be measured with one load on it.
export default defineConfig({
  test: { include: ['browser/**/*.test.ts'], fileParallelism: false, testTimeout: 30_000, hookTimeout: 90_000 },
});
