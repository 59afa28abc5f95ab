import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Facts } from '../core/probing.ts';
import type { Doers } from './main.ts';
import { connectTo } from './network.ts';

const PORT = 5432;
const PATIENCE_MS = 30_000;
/** More than any answer that a probe waits for. */
const MAX_BYTES = 1024 * 1024;
const MAX_ROUNDS = 1_000_000;

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
/** A message of the client: type, length, contents (PostgreSQL, “Message Formats”). */
const message = (type: string, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677). */
class Scram {
  readonly #nonce = randomBytes(18).toString('base64');
  readonly #password: string;

  constructor(password: string) {
    this.#password = password;
  }

  first(): string {
    return `n,,${this.#own()}`;
  }

  #own(): string {
    return `n=,r=${this.#nonce}`;
  }

  final(challenge: string): string {
    const field = (name: string): string => new RegExp(`(?:^|,)${name}=([^,]*)`).exec(challenge)?.[1] ?? '';
    const rounds = Number(field('i'));
    if (!(rounds >= 1 && rounds <= MAX_ROUNDS)) throw new Error('the server asks for too much');
    const salted = pbkdf2Sync(this.#password, Buffer.from(field('s'), 'base64'), rounds, 32, 'sha256');
    const key = hmac(salted, 'Client Key');
    const bare = `c=biws,r=${field('r')}`;
    const signature = hmac(createHash('sha256').update(key).digest(), `${this.#own()},${challenge},${bare}`);
    return `${bare},p=${Buffer.from(key.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64')}`;
  }
}

interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Logs in, sends the statement, and collects what comes until the server is ready again or says no. */
function talk(socket: Socket, login: Login, statement: string): Promise<Facts['sql']> {
  const scram = new Scram(login.password);
  return new Promise((resolve, reject) => {
    const rows: (readonly string[])[] = [];
    let buffer = Buffer.alloc(0);
    let failure: { state: string; message: string } | undefined;
    let asked = false;
    const fail = (code: string, text: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(Object.assign(new Error(text), { code }));
    };
    const timer = setTimeout(() => fail('timeout', `no answer in ${PATIENCE_MS} ms`), PATIENCE_MS);
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ state: '00000', message: '', ...failure, rows });
    };
    const take = (type: string, body: Buffer): void => {
      if (type === 'E') failure ??= errorOf(body);
      else if (type === 'D' && rows.length < 1000) rows.push(rowOf(body));
      else if (type === 'R') authenticate(body);
      else if (type === 'Z' && asked) finish();
      else if (type === 'Z') {
        asked = true;
        socket.write(message('Q', Buffer.from(`${statement}\0`)));
      }
    };
    function authenticate(body: Buffer): void {
      const kind = body.readInt32BE(0);
      const reply = (contents: Buffer): unknown => socket.write(message('p', contents));
      if (kind === 3) reply(Buffer.from(`${login.password}\0`));
      else if (kind === 10) {
        const first = Buffer.from(scram.first());
        reply(Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), int32(first.length), first]));
      } else if (kind === 11) reply(Buffer.from(scram.final(body.toString('utf8', 4))));
      else if (kind !== 0 && kind !== 12) fail('login-unknown', `the server wants a login of kind ${kind}`);
    }
    socket.on('data', (chunk: Buffer) => {
      buffer = Buffer.concat([buffer, chunk]);
      if (!(buffer.length <= MAX_BYTES)) return fail('too-much', 'the answer is too long');
      try {
        while (buffer.length >= 5 && buffer.length >= 1 + buffer.readInt32BE(1)) {
          const end = 1 + Math.max(buffer.readInt32BE(1), 4);
          take(String.fromCharCode(buffer[0] ?? 0), buffer.subarray(5, end));
          buffer = buffer.subarray(end);
        }
      } catch (error) {
        fail('bad-answer', String(error));
      }
    });
    socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'error', error.message));
    // A refused login ends with its error and the end of the connection.
    socket.on('close', () => (failure ? finish() : fail('closed', 'the server closed the connection')));
    const parameters = Buffer.from(`user\0${login.user}\0database\0${login.database}\0\0`);
    socket.write(Buffer.concat([int32(parameters.length + 8), int32(196_608), parameters]));
  });
}

/** Fields of an ErrorResponse: a letter and a text each. */
function errorOf(body: Buffer): { state: string; message: string } {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
  return { state: fields.get('C') ?? '', message: (fields.get('M') ?? '').slice(0, 300) };
}

function rowOf(body: Buffer): readonly string[] {
  const row: string[] = [];
  let at = 2;
  for (let column = 0; column < body.readInt16BE(0); column += 1) {
    const length = Math.max(body.readInt32BE(at), 0); // -1: null
    row.push(body.toString('utf8', at + 4, at + 4 + Math.min(length, 1000)));
    at += 4 + length;
  }
  return row;
}

export const sql: Doers['sql'] = async ({ login, statement }) => {
  const { PGHOST = '', PGUSER = '', PGPASSWORD = '', PGDATABASE = '' } = process.env;
  const socket = await connectTo({ host: login.host ?? PGHOST, port: PORT }, 10_000);
  const who = {
    user: login.user ?? PGUSER,
    password: login.password ?? PGPASSWORD,
    database: login.database ?? PGDATABASE,
  };
  return await talk(socket, who, statement);
};
