import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Templates are text, as the bundler has it. */
const templates = {
  name: 'templates',
  transform: (code: string, id: string) =>
    id.endsWith('.tmpl') ? `export default ${JSON.stringify(code)}` : undefined,
};

/** Left to itself Vitest leaves one processor free, which is half of a machine of two. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

/**
 * These have the machine for themselves: what counts how often the faster of two wins, or how long something takes; and
 * whose processes are like an editor's, which a box that shares the host's processes (verify-mutations) would find.
 */
const ALONE = ['real-editor-*', 'guard*', 'firewall-robust', 'verify-live-editor', 'editor-environment'].map(
  (name) => `test/live/${name}.test.ts`,
);
/** Takes as long as all that runs beside it. */
const LONGEST = 'verify-mutations.test.ts';

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => Number(b.moduleId.endsWith(LONGEST)) - Number(a.moduleId.endsWith(LONGEST)));
  }
}

const live = { testTimeout: 600_000, hookTimeout: 900_000 };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
