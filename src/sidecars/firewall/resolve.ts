import type { Decision } from '../../core/decision.ts';
import { type Asked, refuse, send } from './endpoint.ts';
import { type Found, familiarImage, findContainer, findImage, findNetwork, type Scope } from './scope.ts';

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

export const sendToVolume = (scope: Scope, name: string): Decision =>
  scope.volumes.has(name) ? send(`/volumes/${name}`) : refuse(404, 'not-in-scope', absentVolume({ params: { name } }));

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
