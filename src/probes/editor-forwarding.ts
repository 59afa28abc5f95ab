import type { Facts, Outcome } from '../core/probing.ts';
import { LAYOUT } from '../policy/layout.ts';
import { type Bench, defineProbe } from './probe.ts';
import { breached, failed, held, need, unclear } from './support/judge.ts';
import { oneContainer } from './support/split.ts';

interface Target {
  /** ssh and its options, up to the name of the other side. */
  readonly ssh: readonly string[];
  readonly what: (typeof WAYS_BACK)[number];
  readonly nonce: string;
}

const WAYS_BACK = ['a socket', 'a port'] as const;

/** Options of ssh(1); nothing listens at the other end, for what is asked is only whether it is allowed. */
const options = (what: Target['what'], nonce: string): readonly string[] =>
  what === 'a socket' ? ['-R', `/tmp/${nonce}-back:/tmp/${nonce}-none`] : ['-R', '127.0.0.1:0:127.0.0.1:9'];

const SSH = ['ssh', '-F', `${LAYOUT.etc}/ssh_config`];
const MARK = 'arrived';

/** Where forwarding is refused, ssh ends before it runs anything. */
const ASKING = ['-o', 'ClearAllForwardings=no', '-o', 'ExitOnForwardFailure=yes'];

/** An sshd as ours that forwards, which the agent's user may start as well; it ends by itself. */
const WEAK = `mkdir -p -m 0700 "$0" && sed '/^DisableForwarding/d' ${LAYOUT.etc}/sshd_config > "$0/config" || exit
{ timeout 45 socat "UNIX-LISTEN:$1,fork,unlink-early,mode=600" "EXEC:/usr/sbin/sshd -i -f $0/config"; rm -r "$0"; } </dev/null >/dev/null 2>&1 &
until [ -S "$1" ]; do :; done`;

async function control(bench: Bench): Promise<Target> {
  const { nonce } = bench;
  const socket = `${LAYOUT.terminal}/${nonce}`;
  const argv = ['sh', '-c', WEAK, `/tmp/${nonce}-sshd`, socket];
  const started = need(await (await bench.at('box')).perform({ do: 'run', argv, timeoutMs: 15_000 }), 'weak sshd');
  if (started.exit !== 0) throw new Error(`weak sshd: ${started.stderr.slice(0, 200)}`);
  return { ssh: [...SSH, '-o', `ProxyCommand=socat - UNIX-CONNECT:${socket}`], what: WAYS_BACK[0], nonce };
}

export default defineProbe<Target, { readonly plain: Outcome<Facts['run']>; readonly forward: Outcome<Facts['run']> }>({
  id: 'editor-forwarding',
  title: 'The way from the editor to the agent carries terminals and nothing back',
  group: 'editor',
  attacks: ['VSC-01', 'CRD-01'],
  why: 'ssh can carry sockets and ports the other way: a forward that somebody configures would put what the editor’s container has into the agent’s.',
  leaves: 'What is typed into a terminal, and what it shows.',
  inside: 'no',
  notApplicable: oneContainer,
  targets: ({ nonce }) => Promise.resolve(WAYS_BACK.map((what): Target => ({ ssh: SSH, what, nonce }))),
  control,
  async attempt(bench, { ssh, what, nonce }) {
    const site = await bench.at('editor');
    const run = (asked: readonly string[]): Promise<Outcome<Facts['run']>> =>
      site.perform({ do: 'run', argv: [...ssh, ...asked, 'agent', `echo ${MARK}`], timeoutMs: 15_000 });
    try {
      const plain = await run([]);
      const forward = await run([...ASKING, ...options(what, nonce)]);
      return { did: `forward ${what} to the editor`, out: { plain, forward } };
    } finally {
      await (await bench.at('box')).perform({ do: 'unlink', path: `/tmp/${nonce}-back` });
    }
  },
  judge({ plain, forward }) {
    if (!plain.ok) return failed(plain);
    if (!forward.ok) return failed(forward);
    // Without this, everything would be refused because nothing works.
    if (!plain.value.stdout.includes(MARK)) return unclear(`no session: ${plain.value.stderr.slice(0, 120)}`);
    if (forward.value.stdout.includes(MARK)) return breached('forwarded');
    return /forwarding failed/.test(forward.value.stderr)
      ? held(forward.value.stderr.trim().slice(0, 80))
      : unclear(`exit ${forward.value.exit}: ${forward.value.stderr.slice(0, 120)}`);
  },
});
