import { offer, removal } from '../edits/offer.ts';
import { EDITOR_VARIABLES } from '../policy/editor-environment.ts';
import { defineRule } from './rule.ts';

const IN_REMOTE_ENV = EDITOR_VARIABLES.filter(({ shellsOnly }) => !shellsOnly);

export default defineRule({
  id: 'ipc-environment',
  title: 'The editor’s variables reach the agent',
  severity: 'low',
  persona: 'regular',
  attacks: ['VSC-01', 'VSC-03', 'VSC-06', 'CRD-03'],
  why: `The editor tells every process where its sockets are: the one that opens files and addresses on the host, the one that answers git
with the host’s credentials. Clearing them stops what looks for them by name; what searches for the sockets still finds them.`,
  remedy:
    'Set each to an empty text in `remoteEnv` (the devcontainer CLI makes the word “null” of null), and keep the sockets themselves away.',
  fixes:
    'Sets the variables to an empty text in `remoteEnv`, and takes out what hands one over. Safe: containers start as before, but `code FILE` and the editor’s git login stop working in their terminals.',
  references: ['https://containers.dev/implementors/json_reference/#general-properties'],
  bad: [
    { title: 'none is cleared', files: { 'devcontainer.json': '{ «"image"»: "debian" }' } },
    {
      title: 'handed over by hand',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    environment:\n      - «VSCODE_IPC_HOOK_CLI=/run/ipc.sock»\n      - TZ=UTC\n',
      },
    },
  ],
  good: [
    {
      title: 'all are cleared',
      files: {
        'devcontainer.json': `{ "image": "debian", "remoteEnv": { ${IN_REMOTE_ENV.map(({ name }) => `"${name}": ""`).join(', ')} } }`,
      },
    },
    { title: 'no editor', files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n' } },
  ],
  *check({ configurations }) {
    for (const { file, at, containers } of configurations) {
      for (const container of containers) {
        const { name, role, editor, environment } = container;
        if (role !== 'agent') continue;
        const cleared = new Set(
          environment.flatMap(({ value }) => (value.kind === 'remote' && !value.value ? [value.name] : [])),
        );
        const missing = IN_REMOTE_ENV.filter((variable) => !cleared.has(variable.name)).map(
          (variable) => variable.name,
        );
        if (editor && missing.length > 0) {
          const shown = missing.slice(0, 3).join(', ');
          const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
          yield {
            at,
            confidence: 'high',
            message: `${name}: remoteEnv does not clear ${shown}${more}`,
            fix: offer(
              'Empties the editor’s variables for what runs in the container: `code FILE` and the editor’s git login stop working in its terminals',
              undefined,
              [
                {
                  kind: 'put',
                  to: { file, path: ['remoteEnv'] },
                  values: Object.fromEntries(missing.map((variable) => [variable, ''])),
                },
              ],
            ),
          };
        }
        for (const { value, span } of environment) {
          const handed =
            /^(?:VSCODE_|REMOTE_CONTAINERS_|GIT_ASKPASS$|WAYLAND_DISPLAY$)/.test(value.name) && value.value !== '';
          if (
            handed &&
            EDITOR_VARIABLES.some((variable) => variable.name === value.name) &&
            value.kind === 'container'
          ) {
            yield {
              at: span,
              confidence: 'high',
              severity: 'high',
              message: `${name} is handed ${value.name}`,
              ...removal(container, span, `Takes ${value.name} out`, undefined),
            };
          }
        }
      }
    }
  },
});
