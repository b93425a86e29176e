import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    // Real servers and child processes: generous for a busy two-core machine, never part of an assertion.
    testTimeout: 150_000,
    hookTimeout: 90_000,
    maxWorkers: 2,
    globalSetup: ['test/memory.ts'],
  },
})
