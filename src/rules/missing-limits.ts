import { flagsOf } from '../model/workspace.ts';
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
        yield { at: container.at, confidence: 'high', message: `${container.name} has no limit on ${what}` };
      }
    }
  },
});
