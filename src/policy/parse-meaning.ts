import type { Actions } from './actions.ts';
import { ageWithout, type NodeSettings, NPM_WITH_AGE, nodeStack } from './installs.ts';
import { protectedPaths } from './layout.ts';
import { NODE_DEFAULTS } from './node-settings.ts';
import { checkActions } from './parse-actions.ts';
import type { Path } from './parse-yaml.ts';
import { parsePorts } from './ports.ts';

/** One thing that is wrong. `on` says what is marked; what is missing is told last, because a misspelt key is the likely reason. */
export interface Complaint {
  readonly path: Path;
  readonly on: 'key' | 'value' | 'missing';
  readonly message: string;
  readonly hint: string;
}

interface Fields {
  readonly stack: 'node' | 'debian';
  readonly node?: NodeSettings | undefined;
  readonly agents: readonly string[];
  readonly services: readonly string[];
  readonly packages: readonly string[];
  readonly readOnly: readonly string[];
  readonly actions: Actions;
  readonly forward?: readonly (string | number)[] | undefined;
  readonly accept: readonly { readonly id: string }[];
}

/** What no type can say: values that are fine each by itself, but not together. */
export function checkMeaning(policy: Fields): Complaint[] {
  return [
    ...(policy.stack === 'debian' && policy.node !== undefined
      ? [
          {
            path: ['node'],
            on: 'key' as const,
            message: '`node` has no effect with `stack: debian`',
            hint: 'Remove it, or write `stack: node`.',
          },
        ]
      : []),
    ...(policy.node === undefined ? [] : agelessManager(policy.node)),
    ...twice('node.installScripts', policy.node?.installScripts ?? []),
    ...twice('agents', policy.agents),
    ...twice('packages', policy.packages),
    ...twice('services', policy.services),
    ...twice('readOnly', policy.readOnly),
    ...ports(policy.forward ?? []),
    ...twice(
      'accept',
      policy.accept.map(({ id }) => id),
    ),
    ...policy.readOnly.flatMap((_, index) => pathConflict(policy.readOnly, index)),
    ...checkActions(policy.actions),
  ];
}

function ports(entries: readonly (string | number)[]): Complaint[] {
  const parsed = parsePorts(entries);
  return typeof parsed === 'string'
    ? [
        {
          path: ['forward'],
          on: 'value',
          message: `\`forward\`: ${parsed}`,
          hint: 'Name the ports of your apps, such as 3000.',
        },
      ]
    : [];
}

/** An age that was chosen must count; the default one is kept where it can be, and the reports say where it cannot. */
function agelessManager(settings: NodeSettings): Complaint[] {
  const without =
    settings.minimumReleaseAge === NODE_DEFAULTS.minimumReleaseAge ? undefined : ageWithout(nodeStack(settings));
  return without === undefined
    ? []
    : [
        {
          path: ['node', 'minimumReleaseAge'],
          on: 'value',
          message: `\`minimumReleaseAge\` is ${settings.minimumReleaseAge}, but ${without}`,
          hint: `Set \`packageManager\` to npm@${NPM_WITH_AGE} or later, pnpm from 10.16 or yarn from 4.10, or remove the line.`,
        },
      ];
}

function twice(key: string, values: readonly string[]): Complaint[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index
      ? [
          {
            path: [...key.split('.'), index],
            on: 'value' as const,
            message: `${value} is in \`${key}\` twice`,
            hint: 'Remove one.',
          },
        ]
      : [],
  );
}

/** Some hosts' file systems do not tell upper from lower case: `.Git` is `.git` there. */
const fold = (path: string): string => path.normalize('NFC').toLowerCase();
const isBelow = (path: string, folder: string): boolean => fold(path).startsWith(`${fold(folder)}/`);

/**
 * A path gets one mount: an entry that an anchor or another entry already takes would be without effect, and the box
 * would protect less than the policy says.
 */
function pathConflict(paths: readonly string[], index: number): Complaint[] {
  const path = paths[index] ?? '';
  const say = (message: string, hint: string): Complaint[] => [
    { path: ['readOnly', index], on: 'value', message, hint },
  ];
  const outer = paths.find((other, at) => at !== index && isBelow(path, other));
  if (outer !== undefined)
    return say(`${path} is inside of ${outer}, which is read-only already`, 'Remove one of them.');
  const spelled = paths.findIndex((other) => fold(other) === fold(path));
  if (spelled < index && paths[spelled] !== path) {
    return say(`${path} and ${paths[spelled]} are one path where upper and lower case are the same`, 'Remove one.');
  }
  for (const own of protectedPaths({ readOnly: [] }, { git: 'directory' })) {
    if (fold(own.path) === fold(path)) {
      return own.access === 'anchor'
        ? say(`${path} must stay writable: git in the box commits to it`, 'Name the files below it that the host runs.')
        : say(`${path} is read-only in every box`, 'Remove it.');
    }
    if (own.access === 'read-only' && isBelow(path, own.path)) {
      return say(`${path} is inside of ${own.path}, which is read-only in every box`, 'Remove it.');
    }
    // A mount of ours below it would make a writable hole, or none at all, depending on the order of mounts.
    if (isBelow(own.path, path)) return say(`${path} holds ${own.path}, which the box mounts itself`, 'Remove it.');
  }
  return [];
}
