import type { Edit } from '../core/fix.ts';
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
    'Sets the variables that `remoteEnv` does not have to an empty text, and takes out what hands one over. Safe: containers start as before, but `code FILE` and the editor’s git login stop working in their terminals. Unsafe for a variable that has a value there.',
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
    {
      title: 'one has a value of your own',
      files: {
        'devcontainer.json': `{ "image": "debian", "remoteEnv": { «"BROWSER": "/usr/bin/w3m"», ${IN_REMOTE_ENV.filter(
          ({ name }) => name !== 'BROWSER',
        )
          .map(({ name }) => `"${name}": ""`)
          .join(', ')} } }`,
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
        const remote = environment.filter(({ value }) => value.kind === 'remote');
        const missing = IN_REMOTE_ENV.map((variable) => variable.name).filter((variable) =>
          remote.every(({ value }) => value.name !== variable),
        );
        const empty = (variables: readonly string[]): Edit => ({
          kind: 'put',
          to: { file, path: ['remoteEnv'] },
          values: Object.fromEntries(variables.map((variable) => [variable, ''])),
        });
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
              [empty(missing)],
            ),
          };
        }
        for (const { value, span } of editor ? remote : []) {
          const named = IN_REMOTE_ENV.some((variable) => variable.name === value.name);
          if (!named || !value.value) continue;
          yield {
            at: span,
            confidence: 'medium',
            message: `${name}: remoteEnv gives ${value.name} a value`,
            fix: offer(`Empties ${value.name}`, 'whatever needs the value that you gave it does not find it any more', [
              empty([value.name]),
            ]),
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
