import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Templates are text, as the bundler has it. */
const templates = {
  name: 'templates',
  transform: (code: string, id: string) =>
    id.endsWith('.tmpl') ? `export default ${JSON.stringify(code)}` : undefined,
};

/** Left to itself Vitest leaves one processor free, which is half of a machine of two. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

/** What counts how often the faster of two wins or shares the host's processes has the machine for itself. */
const ALONE = ['real-editor-*', 'guard*', 'firewall-robust', 'verify-mutations'].map(
  (name) => `test/live/${name}.test.ts`,
);
const live = { testTimeout: 600_000, hookTimeout: 900_000 };

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [templates],
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 120_000, maxWorkers },
      },
      { test: { name: 'cli', include: ['test/cli/**/*.test.ts'], testTimeout: 300_000, maxWorkers } },
      {
        test: {
          ...live,
          name: 'live',
          include: ['test/live/**/*.test.ts'],
          exclude: ALONE,
          // Most of a live test goes by in one program that waits for another: a second file costs it little.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: { ...live, name: 'live-alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
  define: { __VERSION__: JSON.stringify('0.0.0-test') },
});
