import type { Refusal, Upstream } from '../../core/decision.ts';
import { jsonAnswer, pingAnswer } from './answer.ts';
import type { Client } from './client.ts';
import type { Routed } from './decide.ts';
import { type Reply, refuse } from './endpoint.ts';
import { causeOf, complaint } from './engine-errors.ts';
import { makeFlights } from './flights.ts';
import { printJson } from './json.ts';
import { type Known, makeKnown, rebuildList } from './lists.ts';
import type { ResponseHead } from './response.ts';
import { type Scope, Unexpected } from './scope.ts';
import { carry } from './streams.ts';
import { type Engine, type Fetched, parseJson, textOfBody } from './upstream.ts';

const MAX_ERROR = 64 * 1024;
/** Equal questions at the engine at once; more wait for one answer together. */
const SAME_AT_ONCE = 4;

/** Sends what was decided and gives the answer as the endpoint says. A refusal means: nothing was written yet. */
export type Forward = (
  client: Client,
  routed: Routed,
  upstream: Upstream,
  scope: Scope,
) => Promise<Refusal | undefined>;

export function target(version: string, { path, query }: Upstream): string {
  const pairs = Object.entries(query).map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  return `${version}${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
}

export function makeForward(engine: Engine): Forward {
  const reading = makeFlights((key: string): Promise<Fetched> => {
    const [method, path = ''] = key.split(' ');
    return engine.fetch({ method: method === 'HEAD' ? 'HEAD' : 'GET', target: path });
  }, SAME_AT_ONCE);
  const kept = makeKept();
  const ping = makePing();

  async function json(
    reply: Extract<Reply, { kind: 'json' | 'list' }>,
    client: Client,
    routed: Routed,
    place: string,
    { body: sent }: Upstream,
    scope: Scope,
  ): Promise<Refusal | undefined> {
    const { endpoint, asked } = routed;
    const isRead = endpoint.method === 'GET';
    const { head, body } = isRead
      ? await reading(`GET ${place}`)
      : await engine.fetch({ method: endpoint.method, target: place, body: sent });
    const refused = refusalOf(head, body, routed);
    if (refused !== undefined) return refused;
    const options = { close: client.close, head: false };
    const known = isRead && !client.close ? kept.find(client.asked, body, scope) : undefined;
    if (known !== undefined) {
      client.socket.write(known);
      return undefined;
    }
    const text =
      reply.kind === 'list'
        ? rebuildList(reply, textOfBody(body), scope, asked, kept.entries(client.asked, scope))
        : rebuildJson(reply, body, scope, asked);
    const answer = jsonAnswer(head.status, text, options);
    if (isRead && !client.close) kept.keep(client.asked, { body, scope, answer });
    client.socket.write(answer);
    return undefined;
  }

  return async (client, routed, upstream, scope) => {
    const { endpoint, asked } = routed;
    const { reply, check, method } = endpoint;
    if (check !== undefined) {
      const { head, body } = await engine.fetch({
        method: 'GET',
        target: client.version + check.path(upstream, asked),
      });
      const refused = refusalOf(head, body, routed) ?? check.judge(parseJson(body), scope, asked);
      if (refused !== undefined) return refused;
    }
    const place = target(client.version, upstream);
    switch (reply.kind) {
      case 'ping': {
        const { head, body } = await reading(`${method} ${place}`);
        const refused = refusalOf(head, body, routed);
        if (refused !== undefined) return refused;
        client.socket.write(ping(head, client.close, method === 'HEAD'));
        return undefined;
      }
      case 'json':
      case 'list':
        return await json(reply, client, routed, place, upstream, scope);
      default: {
        const request = { method, target: place, body: upstream.body, upgrade: reply.kind === 'hijack' };
        const failed = await carry(engine, client, request, endpoint, (entry) =>
          reply.kind === 'lines' ? reply.rebuild(entry, scope, asked) : undefined,
        );
        return failed === undefined ? undefined : refusalOf(failed.head, failed.body, routed);
      }
    }
  };
}

interface Kept {
  readonly body: Buffer;
  readonly scope: Scope;
  readonly answer: Buffer;
}

function rebuildJson(
  reply: Extract<Reply, { kind: 'json' }>,
  body: Buffer,
  scope: Scope,
  asked: Routed['asked'],
): string {
  const rebuilt = reply.rebuild(parseJson(body), scope, asked);
  if (rebuilt === undefined) throw new Unexpected('the engine’s answer has another form');
  return printJson(rebuilt);
}

const MAX_KEPT = 64;
/** Of all that is kept together, answers and what they were made from. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/** The last answer to each question. It is the same as long as the engine's bytes and the scope are. */
function makeKept() {
  const all = new Map<string, Kept>();
  let size = 0;
  let list: { readonly asked: string; readonly scope: Scope; readonly known: Known } | undefined;
  return {
    /** What became of the entries of the list that was asked for last. */
    entries(asked: string, scope: Scope): Known {
      if (list?.asked !== asked || list.scope !== scope) list = { asked, scope, known: makeKnown() };
      return list.known;
    },
    find(asked: string, body: Buffer, scope: Scope): Buffer | undefined {
      const found = all.get(asked);
      const same = found !== undefined && found.scope === scope && (found.body === body || found.body.equals(body));
      return same ? found.answer : undefined;
    },
    keep(asked: string, entry: Kept): void {
      const bytes = entry.body.length + entry.answer.length;
      if (!(bytes <= MAX_KEPT_BYTES / 4 && asked.length <= 2048)) return;
      const before = all.get(asked);
      size += bytes - (before === undefined ? 0 : before.body.length + before.answer.length);
      if (!(size <= MAX_KEPT_BYTES && all.size < MAX_KEPT)) {
        all.clear();
        size = bytes;
      }
      all.set(asked, entry);
    },
  };
}

/**
 * The engine's refusal, or undefined if it did as it was told. Its sentences about the caller's own request help; paths
 * and addresses of the host in them do not pass.
 */
function refusalOf({ status }: ResponseHead, body: Buffer, { endpoint, asked }: Routed): Refusal | undefined {
  if (status === 200 || status === 201 || status === 204 || status === 304) return undefined;
  const absent = endpoint.absent?.(asked);
  if (status === 404 && absent !== undefined) return refuse(404, 'gone', absent);
  const changes = endpoint.method !== 'GET' && endpoint.method !== 'HEAD';
  const told = status === 400 || (changes && (status === 409 || status === 500));
  if (!told) return refuse(502, 'engine', `The engine answered with status ${status}.`);
  const why = parseJson(body.length > 0 && body.length <= MAX_ERROR ? body : Buffer.from('{}'));
  return refuse(status, 'engine', `The engine refused: ${status === 400 ? complaint(why) : causeOf(why)}.`);
}

const PING_HEADERS: readonly (readonly [name: string, allowed: RegExp])[] = [
  ['Api-Version', /^1\.\d{2}$/],
  ['Ostype', /^(?:linux|windows)$/],
  ['Docker-Experimental', /^(?:true|false)$/],
  ['Builder-Version', /^[12]$/],
];

/** The answer to a ping for each head that the engine sends, which is the same for a second. */
function makePing(): (head: ResponseHead, close: boolean, bare: boolean) => Buffer {
  const made = new WeakMap<ResponseHead, Map<string, Buffer>>();
  return (head, close, bare) => {
    const forms = made.get(head) ?? new Map<string, Buffer>();
    made.set(head, forms);
    const form = `${close} ${bare}`;
    const answer = forms.get(form) ?? pingAnswer(pingHeaders(head), { close, head: bare });
    forms.set(form, answer);
    return answer;
  };
}

function pingHeaders(head: ResponseHead): Readonly<Record<string, string>> {
  return Object.fromEntries(
    PING_HEADERS.flatMap(([name, allowed]) => {
      const value = head.header(name.toLowerCase());
      return value !== undefined && allowed.test(value) ? [[name, value]] : [];
    }),
  );
}
