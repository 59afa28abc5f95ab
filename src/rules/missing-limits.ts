import type { Fix } from '../core/fix.ts';
import { isService, offer } from '../edits/offer.ts';
import { type Container, flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

/** Values that set no limit. */
const NONE = /^(?:0|-1|max|unlimited)$/;

export default defineRule({
  id: 'missing-limits',
  title: 'The agent’s container may use the whole machine',
  severity: 'low',
  persona: 'regular',
  attacks: ['RES-01', 'RES-02'],
  why: `Without a limit on processes a fork bomb inside stops the host; without one on memory the host’s own programs are ended to make
room.`,
  remedy: 'Set `pids_limit` and `mem_limit` in compose, or `"runArgs": ["--pids-limit=2048", "--memory=8g"]`.',
  fixes:
    'Sets 2048 processes and 8 GB of memory where there is no limit. Always unsafe: a build that needs more is ended.',
  references: ['https://docs.docker.com/engine/containers/resource_constraints/'],
  bad: [
    { title: 'none', files: { 'devcontainer.json': '{ «"image"»: "debian" }' } },
    { title: 'memory only', files: { 'compose.yaml': 'services:\n  «dev»:\n    image: debian\n    mem_limit: 8g\n' } },
    {
      title: 'a limit that is none',
      files: { 'compose.yaml': 'services:\n  «dev»:\n    image: debian\n    mem_limit: 8g\n    pids_limit: -1\n' },
    },
  ],
  good: [
    {
      title: 'both',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    mem_limit: 8g\n    pids_limit: 2048\n' },
    },
    {
      title: 'under deploy',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    deploy:\n      resources:\n        limits:\n          memory: 8g\n          pids: 2048\n',
      },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      if (container.role !== 'agent') continue;
      const missing = [
        ['pids_limit', 'processes'],
        ['mem_limit', 'memory'],
      ].filter(([name = '']) => !flagsOf(container, name).some(({ value }) => !NONE.test(value.value)));
      if (missing.length > 0) {
        const what = missing.map(([, word]) => word).join(' and ');
        yield {
          at: container.at,
          confidence: 'high',
          message: `${container.name} has no limit on ${what}`,
          fix: limits(
            container,
            missing.map(([name = '']) => name),
          ),
        };
      }
    }
  },
});

/** What most projects get by with, as in the box that init makes. */
const VALUES: Readonly<Record<string, string | number>> = { pids_limit: 2048, mem_limit: '8g' };
const OPTIONS: Readonly<Record<string, string>> = { pids_limit: '--pids-limit=2048', mem_limit: '--memory=8g' };

function limits(container: Container, names: readonly string[]): Fix {
  const values = Object.fromEntries(names.flatMap((name) => (VALUES[name] ? [[name, VALUES[name]]] : [])));
  const options = names.flatMap((name) => OPTIONS[name] ?? []);
  const [first = '', ...more] = options;
  const { file } = container.at;
  return offer(`Sets ${options.join(' and ').replaceAll('--', '')}`, 'what needs more is ended', [
    isService(container)
      ? { kind: 'put', to: { file, path: ['services', container.name] }, values }
      : { kind: 'append', file, path: ['runArgs'], items: [first, ...more] },
  ]);
}
