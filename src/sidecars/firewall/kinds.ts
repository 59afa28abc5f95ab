import type { KindOf } from '../coalesce.ts';
import { ENDPOINTS } from './endpoints/index.ts';
import { REFUSED } from './refused.ts';

/** `/containers/json` → `containers` */
function firstOf(path: string): string {
  const end = path.indexOf('/', 1);
  return end < 0 ? path.slice(1) : path.slice(1, end);
}
/** The parts of the API that the tables name. Anything else in a path is the caller's own word. */
const AREAS: ReadonlySet<string> = new Set([...ENDPOINTS, ...REFUSED].map(({ path }) => firstOf(path)));
const METHODS: ReadonlySet<unknown> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE']);
/** Asked for by health checks and before each command: one line is as good as a thousand. */
const PINGS: ReadonlySet<unknown> = new Set(['SystemPing', 'SystemPingHead']);

/** What makes two of the firewall's decisions alike. Few values each: the caller must not be able to make many kinds. */
export const firewallKind: KindOf = (event, { code, endpoint, method: named, route: asked }) => {
  const method = METHODS.has(named) ? named : undefined;
  const area = typeof asked === 'string' ? firstOf(asked) : undefined;
  const route = area === undefined ? undefined : AREAS.has(area) ? `/${area}/…` : '/…';
  return {
    key: `${event}\n${method}\n${route}\n${endpoint}\n${code}`,
    parts: () => ({
      ...(method === undefined ? {} : { method }),
      ...(route === undefined ? {} : { route }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(code === undefined ? {} : { code }),
    }),
    lines: event === 'allowed' && PINGS.has(endpoint) ? 1 : 20,
  };
};
