import { NODE_DEFAULTS } from './node-settings.ts';
import type { Stack } from './policy.ts';
import type { Residual } from './residual.ts';

type Node = Extract<Stack, { name: 'node' }>;

const MINUTES = { m: 1, h: 60, d: 1440 } as const;

/** `1d`, `12h`, `90m` or `none` in minutes. */
export function ageMinutes(text: string): number {
  const unit = text.endsWith('d') ? 'd' : text.endsWith('h') ? 'h' : 'm';
  return text === 'none' ? 0 : Number(text.slice(0, -1)) * MINUTES[unit];
}

/** The same the other way round, in the largest unit that says it exactly. */
export function ageText(minutes: number): string {
  if (minutes === 0) return 'none';
  const unit = minutes % MINUTES.d === 0 ? 'd' : minutes % MINUTES.h === 0 ? 'h' : 'm';
  return `${minutes / MINUTES[unit]}${unit}`;
}

/** What a Node project gets that says nothing about it. */
export const INSTALLS: Pick<Node, 'minimumReleaseAge' | 'installScripts'> = {
  minimumReleaseAge: ageMinutes(NODE_DEFAULTS.minimumReleaseAge),
  installScripts: NODE_DEFAULTS.installScripts,
};

/** As the policy file has them, defaults filled in. */
export interface NodeSettings {
  readonly version: string;
  readonly packageManager: string;
  readonly minimumReleaseAge: string;
  readonly installScripts: readonly string[];
}

export function nodeStack({ version, packageManager, minimumReleaseAge, installScripts }: NodeSettings): Node {
  const [name, exact] = packageManager.split('@', 2);
  return {
    name: 'node',
    node: version,
    packageManager: name === 'pnpm' || name === 'yarn' ? name : 'npm',
    ...(exact ? { packageManagerVersion: exact } : {}),
    minimumReleaseAge: ageMinutes(minimumReleaseAge),
    installScripts,
  };
}

/** The first release of each that knows a minimum age, as measured: `min-release-age`, `minimumReleaseAge`, `npmMinimalAgeGate`. */
const KNOWN_FROM = { npm: [11, 10], pnpm: [10, 16], yarn: [4, 10] } as const;

/** Node 24 came with npm 11.3 at first (its changelog) and has 11.21 in 24.21; that of 22 is 10.9 (both measured). */
export const ownMayKnowAge = (node: string): boolean => Number(node.split('.', 1)[0]) >= 24;

/** The npm that a policy names, because Node’s own knows no minimum age, or may not. */
export const NPM_WITH_AGE = '11.21.2';

/** Whether the package manager is known to keep to a minimum age. What comes with Node is another npm in each release. */
export function knowsAge({ packageManager, packageManagerVersion }: Node): boolean {
  if (packageManagerVersion === undefined) return false;
  const [major = 0, minor = 0] = packageManagerVersion.split('.').map(Number);
  const [from, least] = KNOWN_FROM[packageManager];
  return major > from || (major === from && minor >= least);
}

/** Whether this is yarn 1, which has another configuration than all that came later. */
export const isClassic = ({ packageManager, packageManagerVersion }: Node): boolean =>
  packageManager === 'yarn' && packageManagerVersion?.startsWith('1.') === true;

function ageless({ node, packageManager, packageManagerVersion }: Node): string {
  if (packageManagerVersion !== undefined) return `${packageManager} ${packageManagerVersion} knows no`;
  return `${packageManager} of Node ${node} ${ownMayKnowAge(node) ? 'may know no' : 'knows no'}`;
}

/** Why the age that is set has no effect, if so. */
export function ageWithout(stack: Node): string | undefined {
  return stack.minimumReleaseAge === 0 || knowsAge(stack) ? undefined : `${ageless(stack)} minimum age of releases`;
}

/** What settings of a Node project leave open. */
export function installRisks(stack: Node): readonly Residual[] {
  const without = ageWithout(stack);
  const young = 'what was published a moment ago is resolved';
  return [
    ...(stack.minimumReleaseAge === 0
      ? [{ setting: 'node.minimumReleaseAge: none', because: young, attacks: ['SUP-05'] } as const]
      : []),
    ...(without === undefined
      ? []
      : [{ setting: 'node.packageManager', because: `${without}: ${young}`, attacks: ['SUP-05'] } as const]),
    ...(stack.installScripts.length === 0
      ? []
      : [
          {
            setting: 'node.installScripts',
            because: `scripts of ${stack.installScripts.join(', ')} run when the box installs, with all that the agent may do`,
            attacks: ['SUP-04'],
          } as const,
        ]),
  ];
}
