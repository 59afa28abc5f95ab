import { LABELS } from '../../../policy/layout.ts';
import type { SandboxSettings } from '../sandbox.ts';

/** Names that a client may give: as the engine’s own, but so short that ours still fit into a file name. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
/** What the engine calls a volume that nobody named. */
export const UNNAMED = /^[0-9a-f]{64}$/;

/** Everything of ours; a client that could write it could give its things to another client. */
const OURS = 'dev.cofferdam.';
/** A client’s own labels stand behind this. */
const CLIENT = 'dev.cofferdam.client.';

/** The owner where all projects are in scope. Names can't have the sign, and no project's name has capitals. */
const EVERYBODY = '*';

type Owner = Pick<SandboxSettings, 'owner'>;

/**
 * A client's names are names of the whole engine: `docker exec db` on the host would meet whatever the agent called `db`,
 * and a project could not start while its name is taken. So each has the owner in front, which the client never sees.
 */
export const storedName = ({ owner }: Owner, name: string): string =>
  `${owner === EVERYBODY ? 'ALL' : owner}.sandbox.${name}`;

/** The name that the client gave; names without the owner in front are not the client's and stay. */
export function shownName(sandbox: Owner | undefined, name: string): string {
  const prefix = sandbox === undefined ? undefined : storedName(sandbox, '');
  return prefix !== undefined && name.length > prefix.length && name.startsWith(prefix)
    ? name.slice(prefix.length)
    : name;
}

export type Labels = readonly (readonly [name: string, value: string])[];

/** Printable ASCII, and none of ours. */
export const isClientLabel = (name: string): boolean =>
  /^[\x21-\x7e]{1,200}$/.test(name) && !name.toLowerCase().startsWith(OURS);

/**
 * Labels as they are stored. Under their own names they would be orders to whatever on the host goes by labels: compose
 * adopts a container that is labelled as its own, proxies publish what says so, updaters and schedulers run what is
 * written in a label.
 */
export const storedLabels = ({ owner }: Owner, labels: Labels): Readonly<Record<string, string>> =>
  Object.fromEntries([
    ...labels.map(([name, value]): [string, string] => [`${CLIENT}${name}`, value]),
    [LABELS.sandbox, owner],
  ]);

const ORDERS: ReadonlySet<string> = new Set(Object.values(LABELS).filter((label) => label !== LABELS.sandbox));

/** Of an image or a container: labels by which compose or we would go, other than the one that we set ourselves. */
export const isOrder = (label: string): boolean => label.startsWith('com.docker.compose.') || ORDERS.has(label);

/** The name of a client's label behind its stored name. */
export const clientLabel = (stored: string): string | undefined =>
  stored.startsWith(CLIENT) ? stored.slice(CLIENT.length) : undefined;
