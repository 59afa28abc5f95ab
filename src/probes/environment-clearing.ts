import type { Facts, Outcome } from '../core/probing.ts';
import { EDITOR_VARIABLES } from '../policy/editor-environment.ts';
import { hasGuard } from '../policy/layout.ts';
import { type Bench, defineProbe } from './probe.ts';
import { breached, failed, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly argv: readonly string[];
  /**
   * Debian's bash takes a socket as standard input for a remote shell and reads ~/.bashrc even for `bash -c` (bash(1),
   * "run by the remote shell daemon"): what starts programs from Node clears more than what `docker exec` does.
   */
  readonly stdin: 'none' | 'socket';
  readonly nonce: string;
}

/** Ways in which editors and agents start programs, and which read a start-up file. The rest is in `leaves`. */
const LAUNCHERS: readonly (readonly string[])[] = [
  ['bash', '-c', 'env'],
  ['bash', '-lc', 'env'],
  ['bash', '-ic', 'env'],
  ['bash', '-lic', 'env'],
  ['sh', '-lc', 'env'],
  ['sh', '-ic', 'env'],
  ['zsh', '-c', 'env'],
  ['zsh', '-lc', 'env'],
  ['zsh', '-ic', 'env'],
  ['fish', '-c', 'env'],
  ['fish', '-lc', 'env'],
  ['fish', '-ic', 'env'],
];
/** Must come through: without it the launcher did not pass an environment on at all. */
const MARK = 'COFFERDAM_MARK=present';

/** A direct exec shows that what is injected arrives. */
const direct = ({ nonce }: Bench): Target => ({ argv: ['/usr/bin/env'], stdin: 'none', nonce });

export default defineProbe<Target, Outcome<Facts['run']>>({
  id: 'environment-clearing',
  title: 'Shells clear the variables through which an editor hands over its powers',
  group: 'editor',
  attacks: ['VSC-04', 'CRD-01', 'CRD-02', 'CRD-03'],
  why: 'The variables are injected as an editor does it, then each kind of shell is asked what it still has.',
  leaves:
    '`sh -c` and a direct exec read no start-up file, and /proc/PID/environ keeps what a process was started with.',
  notApplicable: (policy) =>
    hasGuard(policy) ? undefined : 'the policy keeps what an editor hands over (topology: attached, ipc: allow)',
  inside: (bench) => Promise.resolve(direct(bench)),
  async targets(bench) {
    const site = await bench.at('box');
    const shells = need(await site.perform({ do: 'search', names: ['bash', 'sh', 'zsh', 'fish'] }), 'search of PATH');
    const there = new Set(shells.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)));
    const launchers = LAUNCHERS.filter(([shell = '']) => there.has(shell));
    return (['none', 'socket'] as const).flatMap((stdin) =>
      launchers.map((argv): Target => ({ argv, stdin, nonce: bench.nonce })),
    );
  },
  control: (bench) => Promise.resolve(direct(bench)),
  async attempt(bench, { argv, stdin, nonce }) {
    const env = Object.fromEntries(EDITOR_VARIABLES.map(({ name }) => [name, `/tmp/${nonce}`]));
    const site = await bench.at('box');
    const out = await site.perform({
      do: 'run',
      argv,
      env: { ...env, COFFERDAM_MARK: 'present' },
      cwd: '/',
      ...(stdin === 'socket' ? { input: '' } : {}),
    });
    return { did: `${argv.join(' ')}${stdin === 'socket' ? ' (standard input: a socket)' : ''}`, out };
  },
  judge(out, { nonce }) {
    if (!out.ok) return failed(out);
    const lines = out.value.stdout.split('\n');
    if (out.value.timedOut || !lines.includes(MARK))
      return unclear(`it printed no environment (exit ${out.value.exit})`);
    const left = lines.filter((line) => line.includes(nonce)).map((line) => line.slice(0, line.indexOf('=')));
    return left.length > 0 ? breached(`still set: ${left.join(', ')}`) : held('all are cleared');
  },
});
