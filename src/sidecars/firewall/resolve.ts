import type { Decision } from '../../core/decision.ts';
import type { Control } from './access.ts';
import { type Asked, refuse, send } from './endpoint.ts';
import { shownName } from './sandbox/names.ts';
import { clientNetwork } from './sandbox/networks.ts';
import {
  type ContainerFact,
  type Found,
  familiarImage,
  findContainer,
  findImage,
  findNetwork,
  mayControl,
  type Scope,
} from './scope.ts';

export const absentContainer = ({ params }: { readonly params: { readonly id: string } }): string =>
  `No such container: ${params.id}`;
export const absentNetwork = ({ params }: { readonly params: { readonly id: string } }): string =>
  `network ${params.id} not found`;
export const absentVolume = ({ params }: { readonly params: { readonly name: string } }): string =>
  `get ${params.name}: no such volume`;
export const absentImage = ({ params }: { readonly params: { readonly name: string } }): string =>
  `No such image: ${familiarImage(params.name)}`;

const ambiguous = (): Decision =>
  refuse(400, 'ambiguous', 'More than one thing starts like this; give more of its id.');

/**
 * Between the check and the engine’s own look-up a name can pass to another container. So the id goes on, which cannot. The 404 is the
 * engine's own, because "forbidden" in place of it would tell that the thing exists.
 */
function to(
  found: Found,
  absent: string,
  path: (id: string) => string,
  query: Readonly<Record<string, string>>,
): Decision {
  if (found === 'several') return ambiguous();
  return found === 'none' ? refuse(404, 'not-in-scope', absent) : send(path(found.id), query);
}

export const sendToContainer = (
  scope: Scope,
  reference: string,
  action: string,
  query: Readonly<Record<string, string>>,
): Decision =>
  to(
    findContainer(scope, reference),
    absentContainer({ params: { id: reference } }),
    (id) => `/containers/${id}/${action}`,
    query,
  );

export const sendToNetwork = (scope: Scope, reference: string, query: Readonly<Record<string, string>>): Decision =>
  to(findNetwork(scope, reference), absentNetwork({ params: { id: reference } }), (id) => `/networks/${id}`, query);

export const sendToImage = (scope: Scope, reference: string): Decision =>
  to(findImage(scope, reference), absentImage({ params: { name: reference } }), (id) => `/images/${id}/json`, {});

export const sendToVolume = (scope: Scope, name: string): Decision => {
  const stored = volumeCalled(scope, name);
  return stored === undefined
    ? refuse(404, 'not-in-scope', absentVolume({ params: { name } }))
    : send(`/volumes/${stored}`);
};

/** The engine's name of a visible volume. The client's own go first. */
function volumeCalled({ clientVolumes, volumes, rules }: Scope, name: string): string | undefined {
  const own = clientVolumes.get(name);
  if (own !== undefined) return own;
  return volumes.has(name) && shownName(rules.sandbox, name) === name ? name : undefined;
}

const NOT_MADE_HERE = refuse(
  403,
  'not-yours',
  'Only what was made through this firewall can be changed here. Ask the person on the host.',
);

/** To a container that the client may do this to. The neighbours' are absent, the project's own are refused. */
function toContainer(
  scope: Scope,
  reference: string,
  may: (container: ContainerFact) => boolean,
  decide: (container: ContainerFact) => Decision,
): Decision {
  const found = findContainer(scope, reference);
  const fact = typeof found === 'string' ? undefined : scope.containers.find(({ id }) => id === found.id);
  if (fact === undefined) return sendToContainer(scope, reference, '', {});
  return may(fact) ? decide(fact) : NOT_MADE_HERE;
}

/** To a container that the client made. */
export const toClientContainer = (
  scope: Scope,
  reference: string,
  decide: (container: ContainerFact) => Decision,
): Decision => toContainer(scope, reference, ({ sandbox }) => sandbox, decide);

/** To one that it made, or that the settings let it control so. */
export const control = (
  scope: Scope,
  reference: string,
  action: Control,
  query: Readonly<Record<string, string>>,
): Decision =>
  toContainer(
    scope,
    reference,
    (container) => mayControl(scope, container, action),
    ({ id }) => send(`/containers/${id}/${action}`, query),
  );

/** To a network that the client made. */
export function toClientNetwork(scope: Scope, reference: string, decide: (id: string) => Decision): Decision {
  const network = clientNetwork(scope, reference);
  if (network !== undefined) return decide(network.id);
  return typeof findNetwork(scope, reference) === 'string' ? sendToNetwork(scope, reference, {}) : NOT_MADE_HERE;
}

/** To a volume that the client made. */
export function toClientVolume(scope: Scope, name: string, decide: (stored: string) => Decision): Decision {
  const stored = scope.clientVolumes.get(name);
  if (stored !== undefined) return decide(stored);
  return volumeCalled(scope, name) === undefined ? sendToVolume(scope, name) : NOT_MADE_HERE;
}

/** At level `sandboxed` there are settings for it; without them nothing is made. */
export const NO_SANDBOX = refuse(403, 'sandbox', 'Nothing can be made here: the settings of the sandbox are missing.');

/** Only what belongs to the project itself: a declared service of another one is shown, not handed out. */
export function sendToOwnContainer(
  scope: Scope,
  reference: string,
  action: string,
  query: Readonly<Record<string, string>>,
): Decision {
  const found = findContainer(scope, reference);
  const own = typeof found === 'object' && scope.containers.some(({ id, own }) => own && id === found.id);
  if (typeof found === 'object' && !own)
    return refuse(403, 'files', 'Only containers of this project give their files.');
  return sendToContainer(scope, reference, action, query);
}

/** In the engine's own words. */
export const absentFile = ({ params, query }: Pick<Asked<'/containers/{id}/archive'>, 'params' | 'query'>): string =>
  `Could not find the file ${query['path'] ?? ''} in container ${params.id}`;

/** An image to save, by the name it has here, which the saved file then holds; by its id otherwise. */
export function sendToImageGet(scope: Scope, reference: string, to: (image: string) => Decision): Decision {
  const found = findImage(scope, reference);
  if (found === 'none') return refuse(404, 'not-in-scope', absentImage({ params: { name: reference } }));
  if (found === 'several') return ambiguous();
  const named = familiarImage(reference);
  return to(scope.images.some(({ names }) => names.includes(named)) ? named : found.id);
}
