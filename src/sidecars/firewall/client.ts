import type { Socket } from 'node:net';

/** The caller's connection, as far as answers have to do with it. */
export interface Client {
  readonly socket: Socket;
  /** `/v1.51` or nothing. */
  readonly version: string;
  /** Method and target as they were sent: what is the same here was asked for in the same words. */
  readonly asked: string;
  /** The answer says that it is the last one. */
  readonly close: boolean;
  /** The caller wants to switch protocols. */
  readonly upgrade: boolean;
  /** Calls back when the caller is gone, once; the result takes that back. */
  onGone(call: () => void): () => void;
  /** From now on, what comes from the caller goes here as it is, beginning with what has come already. */
  hijack(to: Raw): void;
}

export interface Raw {
  /** Whether more may come now; `drain` is called later if not. */
  data(chunk: Buffer): boolean;
  /** The caller has sent its last byte and still reads. */
  end(): void;
  /** Tells what to call when more may come. */
  onDrain(call: () => void): void;
}
