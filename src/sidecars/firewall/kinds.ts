import type { KindOf } from '../coalesce.ts';
import { ENDPOINTS } from './endpoints/index.ts';
import { REFUSED } from './refused.ts';

const firstOf = (path: string): string => path.split('/')[1] ?? '';
/** The parts of the API that the tables name. Anything else in a path is the caller's own word. */
const AREAS: ReadonlySet<string> = new Set([...ENDPOINTS, ...REFUSED].map(({ path }) => firstOf(path)));
const METHODS: ReadonlySet<unknown> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE']);
/** Asked for by health checks and before each command: one line is as good as a thousand. */
const PINGS: ReadonlySet<unknown> = new Set(['SystemPing', 'SystemPingHead']);

/** What makes two of the firewall's decisions alike. Few values each: the caller must not be able to make many kinds. */
export const firewallKind: KindOf = (event, { code, endpoint, method, path }) => {
  const area = typeof path === 'string' ? firstOf(path) : undefined;
  return {
    kind: {
      ...(METHODS.has(method) && method !== undefined ? { method } : {}),
      ...(area === undefined ? {} : { path: AREAS.has(area) ? `/${area}/…` : '/…' }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(code === undefined ? {} : { code }),
    },
    lines: event === 'allowed' && PINGS.has(endpoint) ? 1 : 20,
  };
};
