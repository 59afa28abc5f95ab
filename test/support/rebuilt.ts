import type { Asked, Reply } from '../../src/sidecars/firewall/endpoint.ts';
import { parseExactJson, printJson } from '../../src/sidecars/firewall/json.ts';
import { makeKnown, rebuildList } from '../../src/sidecars/firewall/lists.ts';
import type { Scope } from '../../src/sidecars/firewall/scope.ts';

/** Whether an answer is built anew, field by field. */
export const isRebuilt = ({ kind }: Reply): boolean => kind === 'json' || kind === 'list' || kind === 'lines';

/** What the client gets in place of an answer of the engine; undefined if it gets nothing. */
export function rebuilt(reply: Reply, answer: unknown, scope: Scope, asked: Asked): string | undefined {
  const text = JSON.stringify(answer);
  if (reply.kind === 'list') return rebuildList(reply, text, scope, asked, makeKnown());
  if (reply.kind !== 'json' && reply.kind !== 'lines') throw new Error(`${reply.kind} is not built anew`);
  const value = reply.rebuild(parseExactJson(text), scope, asked);
  return value === undefined ? undefined : printJson(value);
}
