import type { Endpoint, Need } from './endpoint.ts';
import { makeFlights } from './flights.ts';
import { buildScope, type Lists, type Rules, type Scope, Unexpected } from './scope.ts';
import { type Engine, parseJson } from './upstream.ts';

const LISTS: Readonly<Record<Need, string>> = {
  containers: '/containers/json?all=1',
  networks: '/networks',
  volumes: '/volumes',
  images: '/images/json',
};

/** How long the list of containers may serve other requests too: a burst of them asks the engine once. */
const SHARED_MS = 200;

export interface Looked {
  readonly scope: Scope;
  /** When the oldest list in it was asked for, on the clock of `now`. */
  readonly asked: number;
}

export interface LookUp {
  /** Asks for what a decision needs. `fresh`: nothing that was asked for earlier will do. */
  get(needs: Endpoint['needs'], fresh: boolean): Looked | Promise<Looked>;
  /** Something was changed through us: older lists are worth nothing now. */
  forget(): void;
}

interface Read {
  readonly asked: number;
  readonly bytes: Buffer;
  readonly value: unknown;
}

/**
 * Only the list of containers is shared: names become ids by it, and an id never means another thing later, so an old
 * list can show too little but not too much. Volumes have nothing but names.
 */
export function makeLookUp(engine: Engine, rules: Rules, now = () => performance.now()): LookUp {
  const nothing: Looked = { scope: buildScope(rules, {}), asked: Number.POSITIVE_INFINITY };
  const read = new Map<Need, Read>();
  const scopes = new Map<
    string,
    { readonly values: readonly unknown[]; readonly scope: Scope; readonly facts: string }
  >();
  let epoch = 0;
  let shared: Read | undefined;

  const ask = makeFlights(async (key: string): Promise<Read> => {
    const need = asNeed(key);
    const [asked, began] = [now(), epoch];
    const { head, body } = await engine.fetch({ method: 'GET', target: LISTS[need] });
    if (head.status !== 200) throw new Unexpected(`the engine answered ${head.status}`);
    const last = read.get(need);
    // The same bytes mean the same: most of the time nothing has changed, and reading is what costs.
    const value = last?.bytes.equals(body) === true ? last.value : parseJson(body);
    const found = { asked, bytes: body, value };
    read.set(need, found);
    if (need === 'containers' && began === epoch) shared = found;
    return found;
  }, 1);

  function scopeOf(needs: readonly Need[], found: readonly Read[]): Looked {
    const key = needs.join();
    const values = found.map(({ value }) => value);
    const known = scopes.get(key);
    const asked = Math.min(...found.map((one) => one.asked));
    if (known?.values.every((value, index) => value === values[index])) return { scope: known.scope, asked };
    const lists: Partial<Record<keyof Lists, unknown>> = {};
    needs.forEach((need, index) => {
      lists[need] = values[index];
    });
    const built = buildScope(rules, lists);
    // Lists differ every second by the age of a container; a scope that says the same stays the same.
    const { containers, networks, sandboxNetwork, volumes, clientVolumes, images } = built;
    const facts = JSON.stringify([containers, networks, sandboxNetwork ?? 0, [...volumes], [...clientVolumes], images]);
    const scope = known?.facts === facts ? known.scope : built;
    scopes.set(key, { values, scope, facts });
    return { scope, asked };
  }

  return {
    get(asked, fresh) {
      const needs = typeof asked === 'function' ? asked(rules) : asked;
      if (needs.length === 0) return nothing;
      const old = shared !== undefined && now() - shared.asked <= SHARED_MS ? shared : undefined;
      const mayShare = !fresh && !needs.includes('volumes');
      if (mayShare && old !== undefined && needs.length === 1 && needs[0] === 'containers')
        return scopeOf(needs, [old]);
      const found = needs.map((need) => (mayShare && need === 'containers' && old !== undefined ? old : ask(need)));
      return Promise.all(found).then((all) => scopeOf(needs, all));
    },
    forget() {
      epoch++;
      shared = undefined;
    },
  };
}

function asNeed(key: string): Need {
  if (key === 'containers' || key === 'networks' || key === 'volumes' || key === 'images') return key;
  throw new Error(`no list ${key}`);
}
