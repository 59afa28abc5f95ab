import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../support/firewall-checks.ts';
import { SANDBOX_CHECKS } from '../support/sandbox-checks.ts';

interface Report {
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const ALL = [...CHECKS, ...SANDBOX_CHECKS];

describe('of the firewall’s code', () => {
  let copy = '';

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'cofferdam-checks-'));
    for (const name of ['src', 'test', 'schema', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
      cpSync(resolve(name), join(copy, name), { recursive: true });
    }
    symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  function run(tests: readonly string[], ...more: readonly string[]): Report {
    const output = join(copy, 'report.json');
    rmSync(output, { force: true });
    const files = tests.map((test) => `test/unit/firewall/${test}.test.ts`);
    // Threads, because one of them costs a quarter less than a process, and there is one for each check.
    const argv = ['run', '--project', 'unit', '--pool', 'threads', ...files, ...more, '--testTimeout', '20000'];
    spawnSync(join(copy, 'node_modules/.bin/vitest'), [...argv, '--reporter=json', `--outputFile=${output}`], {
      cwd: copy,
      encoding: 'utf8',
    });
    return JSON.parse(readFileSync(output, 'utf8'));
  }

  it.each(ALL.map((check) => [check.check, check] as const))(
    'a test fails when somebody takes out %s',
    (_, { file, from, to, test, named }) => {
      const path = join(copy, 'src/sidecars/firewall', file);
      const text = readFileSync(path, 'utf8');
      expect(text.split(from), `${file} has this once: ${from}`).toHaveLength(2);
      writeFileSync(
        path,
        text.replace(from, () => to),
      );
      try {
        const pattern = named.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
        expect(run([test], '--testNamePattern', pattern, '--bail', '1').numFailedTests).toBeGreaterThan(0);
      } finally {
        writeFileSync(path, text);
      }
    },
  );

  it('these tests pass as long as nothing is taken out', () => {
    const { testResults } = run([...new Set(ALL.map(({ test }) => test))]);
    for (const { test, named } of ALL) {
      const ran = testResults
        .filter(({ name }) => name.endsWith(`/${test}.test.ts`))
        .flatMap(({ assertionResults }) => assertionResults)
        .filter(({ fullName }) => fullName.includes(named));
      expect([...new Set(ran.map(({ status }) => status))], named).toEqual(['passed']);
    }
  });
});
