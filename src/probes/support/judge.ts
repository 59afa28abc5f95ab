import type { Facts, Outcome } from '../../core/probing.ts';
import type { Judged } from '../probe.ts';
import type { ApiTarget } from './docker.ts';

export const held = (because: string): Judged => ({ is: 'held', because });
export const breached = (because: string): Judged => ({ is: 'breached', because });
export const unclear = (because: string): Judged => ({ is: 'unclear', because });

/** errnos by which the kernel says that this may not be done: read-only, not permitted, a mount point. */
export const REFUSALS: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM', 'EBUSY']);

/** errnos by which connect(2) says plainly: nothing there, not ours, nobody listens. */
export const UNREACHABLE: ReadonlySet<string> = new Set([
  'ENOENT',
  'EACCES',
  'EPERM',
  'ECONNREFUSED',
  'ENOTSOCK',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);

export const failed = (outcome: { readonly code: string; readonly message: string }): Judged =>
  unclear(`${outcome.code}: ${outcome.message}`);

/** The value of an action that must work for an attempt to mean anything. */
export function need<T>(outcome: Outcome<T>, what: string): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`${what}: ${outcome.code} (${outcome.message})`);
}

/** The `message` of an engine's (or our firewall's) JSON answer. */
export function messageOf(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string') {
      return value.message;
    }
  } catch {
    // Not JSON: no message.
  }
  return undefined;
}

export const short = (text: string, length = 100): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

type Reply = Outcome<Facts['http']>;

/** A request for something that holds the nonce. Only the nonce is a breach, and only a refusal with a reason is held. */
export function judgeRead(reply: Reply, nonce: string): Judged {
  if (!reply.ok) return failed(reply);
  const { status, body } = reply.value;
  if (body.includes(nonce) || JSON.stringify(reply.value.headers).includes(nonce)) {
    return breached(`${status}, and the canary came back`);
  }
  const message = messageOf(body);
  if ([400, 403, 404, 405].includes(status) && message !== undefined) return held(`${status} ${short(message)}`);
  return unclear(`${status} without the canary: ${short(body, 60)}`);
}

/** A read of what belongs to others, by its id: that it is answered at all is a breach, whatever was taken out of it. */
export function judgeForeign(reply: Reply, secret: string): Judged {
  const judged = judgeRead(reply, secret);
  if (judged.is !== 'unclear' || !reply.ok) return judged;
  const { status } = reply.value;
  return status >= 200 && status < 300 ? breached(`${status}, without the canary`) : judged;
}

/** A request for a change. Any answer that the engine itself gave means that the request got through. */
export function judgeWrite(reply: Reply, { exists }: Partial<ApiTarget> = {}): Judged {
  if (!reply.ok) return failed(reply);
  const { status, body } = reply.value;
  const message = messageOf(body);
  // What it aims at is there, so this is not the engine's word.
  if (status === 404 && exists === true && message !== undefined)
    return held(`as if it were not there: ${short(message)}`);
  if ([400, 403, 404, 405].includes(status) && message?.startsWith('cofferdam:'))
    return held(`${status} ${short(message)}`);
  if (status < 400) return breached(`${status}: the engine did it`);
  // The engine's refusals are JSON: this is something in between that is not ours.
  if (status === 403 && message === undefined) return unclear(`${status} ${short(body, 60)}`);
  if (status < 502) return breached(`${status}: the engine itself answered: ${short(message ?? body, 60)}`);
  return unclear(`${status} ${short(message ?? body, 60)}`);
}
