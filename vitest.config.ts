import { defineConfig } from 'vitest/config';

// The report of a continuous integration run, besides what is printed.
const report = process.env.AURICLE_TEST_REPORT;

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Those of minutes: npm run test:long.
    exclude: ['tests/long/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    pool: 'forks',
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
