import { LAYOUT } from '../policy/layout.ts';
import { type Bench, type ContainerFacts, defineProbe, type Place } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';
import { oneContainer } from './support/split.ts';

interface Target {
  readonly editor: Place;
  readonly agent: Place;
  /** What of the main repository a worktree's containers have, both of them. */
  readonly outside: readonly string[];
  /** Whether the policy forwards ports: then the editor's container has the sockets of the agent's apps. */
  readonly forwards: boolean;
}

interface Side {
  readonly facts: Pick<ContainerFacts, 'networks' | 'mounts'>;
  readonly namespaces: Readonly<Record<string, string>>;
}

interface Out {
  readonly editor: Side;
  readonly agent: Side;
}

const NAMESPACES = ['pid', 'ipc', 'mnt', 'net'];

/** What the two may have in common, and who of them may write it. */
const ALLOWED: readonly { readonly at: RegExp; readonly editor: boolean; readonly agent: boolean }[] = [
  { at: /^\/workspace\/node_modules$/, editor: false, agent: true },
  { at: /^\/workspace(?:\/|$)/, editor: true, agent: true },
  { at: new RegExp(`^${LAYOUT.terminal}$`), editor: false, agent: true },
  { at: new RegExp(`^${LAYOUT.editorKeys}$`), editor: true, agent: false },
  { at: new RegExp(`^${LAYOUT.etc}/`), editor: false, agent: false },
];
const FORWARD = { at: new RegExp(`^${LAYOUT.forward}$`), editor: false, agent: true } as const;

async function side(bench: Bench, place: Place): Promise<Side> {
  const { namespaces } = need(await (await bench.at(place)).perform({ do: 'status' }), 'namespaces');
  return { facts: await bench.container(place), namespaces };
}

/** Mounts of the editor's container that are the agent's as well, but for those that have to be. */
function commonMounts(editor: Side, agent: Side, { outside, forwards }: Target): readonly string[] {
  const expected = forwards ? [...ALLOWED, FORWARD] : ALLOWED;
  const repository = (target: string): boolean => target.startsWith('/workspace/.git') || outside.includes(target);
  const pairs = editor.facts.mounts.flatMap((one) =>
    agent.facts.mounts
      // A tmpfs is its container's own, and has no source. One that is shared is a volume with a name.
      .filter(({ type, source }) => type === one.type && source === one.source && type !== 'tmpfs')
      .map((other) => ({ one, other })),
  );
  return pairs.flatMap(({ one, other }) => {
    if (repository(one.target) && repository(other.target)) return [];
    const allowed = expected.find(({ at }) => at.test(one.target) && at.test(other.target));
    if (!allowed) return [`${one.target} is ${other.target} of the agent’s`];
    if (one.writable && !allowed.editor) return [`the editor’s container writes ${one.target}`];
    return other.writable && !allowed.agent ? [`the agent’s container writes ${other.target}`] : [];
  });
}

export default defineProbe<Target, Out>({
  id: 'editor-separate',
  title: 'The editor’s container shares nothing with the agent’s but the workspace and the ways in',
  group: 'editor',
  attacks: ['VSC-01', 'VSC-03', 'VSC-07'],
  why: 'A process, network, IPC or mount namespace in common gives the agent the editor’s environment, memory, abstract sockets or files; a volume in common gives it a place for sockets.',
  leaves:
    'The workspace, which both write, and what the editor runs of it. With `forward`, what answers at the editor’s own localhost is the agent’s app.',
  inside: 'no',
  notApplicable: oneContainer,
  targets: async (bench) => [
    {
      editor: 'editor',
      agent: 'box',
      outside: (await bench.protectedPaths()).map(({ path }) => path).filter((path) => path.startsWith('/')),
      forwards: (bench.policy?.forward?.length ?? 0) > 0,
    },
  ],
  control: () => Promise.resolve({ editor: 'weak', agent: 'weak', outside: [], forwards: false }),
  async attempt(bench, { editor, agent }) {
    const out = { editor: await side(bench, editor), agent: await side(bench, agent) };
    return { did: 'compare namespaces, networks and mounts of the two', out };
  },
  judge({ editor, agent }, target) {
    const lost = NAMESPACES.filter((name) => !editor.namespaces[name] || !agent.namespaces[name]);
    const same = NAMESPACES.filter(
      (name) => !lost.includes(name) && editor.namespaces[name] === agent.namespaces[name],
    );
    const networks = editor.facts.networks.filter(({ id }) => agent.facts.networks.some((other) => other.id === id));
    const found = [
      ...same.map((name) => `one ${name} namespace`),
      ...networks.map(({ name }) => `network ${name}`),
      ...commonMounts(editor, agent, target),
    ];
    if (found.length > 0) return breached(`in common: ${found.join(', ')}`);
    if (lost.length > 0) return unclear(`unknown: ${lost.join(', ')}`);
    return held(`only the workspace${target.forwards ? ', the apps’ sockets' : ''} and the way in`);
  },
});
