import { ATTACKS } from '../attacks/catalogue.ts';
import type { ProbeResult, Verdict } from '../core/verdict.ts';
import { type Residual, VERDICTS } from '../core/verification.ts';
import type { Policy } from '../policy/policy.ts';

/** What every box leaves, whatever its policy: said in every report. */
const DESIGN: readonly (readonly [about: string, because: string])[] = [
  ['VSC-03', 'cleared variables stay readable in /proc/PID/environ of the processes that were started with them'],
  ['VSC-04', '`sh -c` and a direct exec read no start-up file: what is injected there is not cleared'],
  ['VSC-05', 'a program of the agent’s user that spins can win a race against the guard'],
  ['VSC-09', 'an editor that runs in the box executes what the workspace tells it to'],
  ['CRD-07', 'the agent’s own token is readable by the agent and everything that it runs'],
  ['CRD-08', 'processes of the same user read each other’s memory and environment'],
  ['CRD-09', 'the workspace is readable, with every .env in it'],
  ['TAM-13', 'package scripts, Makefiles and the like are the agent’s to write: run them in the box'],
  ['TAM-15', 'CI workflows are the agent’s to write: read the diff before you push'],
  ['TAM-17', 'instructions such as AGENTS.md are the agent’s to write'],
];

export function residual(policy: Policy | undefined, results: readonly ProbeResult[]): readonly Residual[] {
  const probed = new Set<string>(results.flatMap(({ attacks }) => attacks));
  const said = new Set(DESIGN.map(([about]) => about));
  const egress: readonly Residual[] =
    policy?.egress === 'open'
      ? [
          {
            kind: 'setting',
            about: 'egress: open',
            because: 'whatever the agent can read it can send anywhere (NET-01 to NET-13)',
          },
        ]
      : [];
  return [
    ...(policy?.accept ?? []).map(({ id, because }): Residual => ({ kind: 'accepted', about: id, because })),
    ...egress,
    ...DESIGN.map(([about, because]): Residual => ({ kind: 'design', about, because })),
    ...ATTACKS.filter(({ id }) => !probed.has(id) && !said.has(id)).map(
      ({ id, title }): Residual => ({ kind: 'open', about: id, because: `no probe tries it: ${title}` }),
    ),
  ];
}

/** Each attack by the worst verdict of its probes. */
export function attackVerdicts(results: readonly ProbeResult[]): Record<Verdict | 'open', number> {
  const counts = { breached: 0, inconclusive: 0, held: 0, 'not-applicable': 0, open: 0 };
  for (const { id } of ATTACKS) {
    const verdicts = results.filter(({ attacks }) => attacks.includes(id)).map(({ verdict }) => verdict);
    counts[VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'open']++;
  }
  return counts;
}
