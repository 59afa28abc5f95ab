import { defineConfig } from 'vitest/config';

/** Templates are text, as the bundler has it. */
const templates = {
  name: 'templates',
  transform: (code: string, id: string) =>
    id.endsWith('.tmpl') ? `export default ${JSON.stringify(code)}` : undefined,
};

export default defineConfig({
  test: {
    projects: [
      { plugins: [templates], test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { name: 'cli', include: ['test/cli/**/*.test.ts'], testTimeout: 300_000 } },
      {
        test: {
          name: 'live',
          include: ['test/live/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
  define: { __VERSION__: JSON.stringify('0.0.0-test') },
});
