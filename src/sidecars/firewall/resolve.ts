import type { Decision } from '../../core/decision.ts';
import { refuse, send } from './endpoint.ts';
import { type Found, familiarImage, findContainer, findImage, findNetwork, type Scope } from './scope.ts';

export const absentContainer = ({ params }: { readonly params: { readonly id: string } }): string =>
  `No such container: ${params.id}`;
export const absentNetwork = ({ params }: { readonly params: { readonly id: string } }): string =>
  `network ${params.id} not found`;
export const absentVolume = ({ params }: { readonly params: { readonly name: string } }): string =>
  `get ${params.name}: no such volume`;
export const absentImage = ({ params }: { readonly params: { readonly name: string } }): string =>
  `No such image: ${familiarImage(params.name)}`;

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
  if (found === 'several')
    return refuse(400, 'ambiguous', 'More than one thing starts like this; give more of its id.');
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
