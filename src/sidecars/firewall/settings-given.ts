import { ToolError } from '../../core/errors.ts';
import { parseFlags } from '../flags.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Each flag and the variable that says the same. */
const FLAGS = {
  '--listen': 'COFFERDAM_LISTEN',
  '--upstream': 'COFFERDAM_UPSTREAM',
  '--scope': 'COFFERDAM_SCOPE',
  '--level': 'COFFERDAM_LEVEL',
  '--service': 'COFFERDAM_SERVICES',
  '--limits': 'COFFERDAM_LIMITS',
  '--audit-log': 'COFFERDAM_AUDIT_LOG',
  '--metrics': 'COFFERDAM_METRICS',
  '--network': 'COFFERDAM_NETWORK',
  '--image': 'COFFERDAM_IMAGES',
  '--publish': 'COFFERDAM_PUBLISH',
  '--containers': 'COFFERDAM_CONTAINERS',
  '--memory': 'COFFERDAM_MEMORY',
  '--cpus': 'COFFERDAM_CPUS',
  '--pids': 'COFFERDAM_PIDS',
} as const;
const POLICY = 'COFFERDAM_POLICY';
const SWITCHES: ReadonlySet<string> = new Set(['--tecnativa']);

export type Flag = keyof typeof FLAGS;
type List = '--listen' | '--service' | '--image';
const LISTS: ReadonlySet<string> = new Set<List>(['--listen', '--service', '--image']);

/** What was written, in flags or variables. A flag and a variable for the same thing must agree: nobody has to know which one wins. */
export interface Given {
  readonly tecnativa: boolean;
  one(flag: Exclude<Flag, List>): string | undefined;
  /** Lists in variables are separated by commas. */
  all(flag: List): readonly string[];
}

export const variableOf = (flag: Flag): string => FLAGS[flag];

export function doubt(message: string): ToolError {
  return new ToolError(
    'settings-invalid',
    message,
    'docker-proxy --listen tcp://HOST:PORT|unix:///PATH --upstream unix:///PATH|tcp://HOST:PORT --scope project=NAME|all --level read|sandboxed [--service PROJECT/SERVICE]…',
  );
}

export function readGiven(argv: readonly string[], env: Environment): Given {
  const flags = parseFlags(argv, [...Object.keys(FLAGS), '--policy', ...SWITCHES], LISTS, doubt, SWITCHES);
  if (flags.has('--policy') || env[POLICY] !== undefined) {
    throw doubt(
      `--policy (or ${POLICY}) is read by "cofferdam serve docker-proxy"; the sidecar alone takes --level and --service`,
    );
  }
  return {
    tecnativa: flags.has('--tecnativa'),
    one: (flag) => agreed(flag, flags.get(flag)?.[0], FLAGS[flag], env[FLAGS[flag]]),
    all(flag) {
      const value = env[FLAGS[flag]];
      const listed = value === undefined || value === '' ? undefined : value.split(',');
      if (listed?.includes('')) throw doubt(`${FLAGS[flag]} has an empty entry`);
      const given = flags.get(flag);
      if (given !== undefined && listed !== undefined && sorted(given) !== sorted(listed)) {
        throw doubt(`${flag} and ${FLAGS[flag]} differ`);
      }
      return [...new Set(given ?? listed ?? [])];
    },
  };
}

const sorted = (values: readonly string[]): string => JSON.stringify([...values].sort());

/** The value that flag and variable agree on. A variable that is there but empty is a doubt: something did not fill it. */
export function agreed(
  name: string,
  flag: string | undefined,
  variable: string,
  value: string | undefined,
): string | undefined {
  if (value === '') throw doubt(`${variable} is empty`);
  if (flag !== undefined && value !== undefined && flag !== value) throw doubt(`${name} and ${variable} differ`);
  return flag ?? value;
}
