import type { Decision, Refusal } from '../../core/decision.ts';
import { type Access, opens } from './access.ts';
import type { Asked, Endpoint } from './endpoint.ts';
import { refuse } from './endpoint.ts';
import { ENDPOINTS } from './endpoints/index.ts';
import { matchPath } from './match.ts';
import { REFUSED } from './refused.ts';
import type { RequestHead } from './request.ts';
import type { Scope } from './scope.ts';

/** A request that is in the table, not yet looked at with the scope. */
export interface Routed {
  readonly endpoint: Endpoint;
  readonly asked: Asked;
}

const NOTHING = new Uint8Array();

/** The whole table, without the scope: what is not named here is refused. */
export function route(head: RequestHead, access: Access): Routed | Refusal {
  for (const endpoint of ENDPOINTS) {
    if (endpoint.method !== head.method || !opens(access, endpoint)) continue;
    const params = matchPath(endpoint.path, head.segments);
    if (params === undefined) continue;
    if (head.upgrade && endpoint.reply.kind !== 'hijack') {
      return refuse(400, 'upgrade', 'This endpoint does not change the protocol.');
    }
    const old = tooOld(head, endpoint);
    if (old !== undefined) return old;
    const length = head.body === 'chunked' ? 0 : head.body;
    if (head.body !== 0 && endpoint.body === undefined) return refuse(400, 'body', 'This endpoint takes no body.');
    if (!(length <= (endpoint.body?.max ?? 0))) return refuse(413, 'body', 'The body is too large.');
    if (head.body !== 0 && head.contentType !== '' && head.contentType !== 'application/json') {
      return refuse(400, 'body', 'The body is not of the type application/json.');
    }
    if (head.repeats && endpoint.body === undefined) return refuse(400, 'query', 'This endpoint takes no body.');
    const query = checkQuery(endpoint, head.query);
    return 'allow' in query ? query : { endpoint, asked: { params, query: query.values, body: NOTHING } };
  }
  for (const { methods, path, code, hint } of REFUSED) {
    if (methods.includes(head.method) && matchPath(path, head.segments) !== undefined) return refuse(403, code, hint);
  }
  return head.method === 'GET' || head.method === 'HEAD'
    ? refuse(403, 'unknown-endpoint', 'This part of the Docker API is not open here. Open: reading this project.')
    : refuse(403, 'write', access.level === 'read' ? READ_ONLY : NOT_LIKE_THIS);
}

const READ_ONLY = 'Only reading is open here; ask the person on the host to change containers.';
const NOT_LIKE_THIS = 'This is not open here; containers, networks and volumes can be made, used and removed.';

/** The oldest that a current engine speaks (moby: daemon/config, DefaultMinAPIVersion). */
const OLDEST_WITH_BODY = 40;
/** Before it, a start took a whole HostConfig. */
const OLDEST_WITHOUT = 24;

/** Old versions read requests in other ways than we do. Without a version the engine takes its newest. */
function tooOld({ version }: RequestHead, { method, body }: Endpoint): Refusal | undefined {
  if (method === 'GET' || method === 'HEAD' || version === '') return undefined;
  const oldest = body === undefined ? OLDEST_WITHOUT : OLDEST_WITH_BODY;
  return Number(version.slice('/v1.'.length)) >= oldest
    ? undefined
    : refuse(400, 'version', `This needs API version 1.${oldest} or later.`);
}

function checkQuery(
  endpoint: Endpoint,
  query: ReadonlyMap<string, string>,
): { readonly values: Readonly<Record<string, string>> } | Refusal {
  for (const [key, value] of query) {
    const allowed = Object.hasOwn(endpoint.query, key) ? endpoint.query[key] : undefined;
    if (allowed === undefined) {
      const known = Object.keys(endpoint.query).join(', ') || 'none';
      return refuse(400, 'query', `The parameter ${key} is not open here. Open: ${known}.`);
    }
    if (!allowed.test(value)) return refuse(400, 'query', `The parameter ${key} has a value that is not open here.`);
  }
  return { values: Object.fromEntries(query) };
}

/** The decision about one routed request. */
export function decide({ endpoint, asked }: Routed, scope: Scope): Decision {
  return endpoint.decide(asked, scope);
}
