import { isService, offer } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'missing-init',
  title: 'Nobody collects processes that have ended',
  severity: 'low',
  persona: 'pedantic',
  attacks: ['RES-01'],
  why: `Each command that an agent started and left stays in the table of processes when its parent goes, until the limit on processes is
reached and nothing starts any more; with no limit, the host’s table fills.`,
  remedy: 'Set `"init": true` in devcontainer.json, or `init: true` in compose.',
  fixes: 'Sets `init: true`. Safe: Docker’s own init starts what was started before.',
  references: ['https://containers.dev/implementors/json_reference/#general-properties'],
  bad: [{ title: 'none', files: { 'compose.yaml': 'services:\n  «dev»:\n    image: debian\n    init: false\n' } }],
  good: [
    { title: 'in compose', files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    init: true\n' } },
    { title: 'in devcontainer.json', files: { 'devcontainer.json': '{ "image": "debian", "init": true }' } },
    { title: 'by docker run', files: { 'devcontainer.json': '{ "image": "debian", "runArgs": ["--init"] }' } },
  ],
  *check({ containers }) {
    for (const container of containers) {
      if (container.role === 'agent' && flagsOf(container, 'init').length === 0)
        yield {
          at: container.at,
          confidence: 'high',
          message: `${container.name} has no init process`,
          fix: offer(`Gives ${container.name} an init process`, undefined, [
            {
              kind: 'put',
              to: { file: container.at.file, path: isService(container) ? ['services', container.name] : [] },
              values: { init: true },
            },
          ]),
        };
    }
  },
});
