import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePolicy } from '../../src/policy/parse.ts';
import { BASE } from './policies.ts';
import { type Sidecar, startSidecar } from './sidecar.ts';

export const TOKEN = 'a'.repeat(64);

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: NodeJS.Dict<string>;
}

export interface Actions extends Sidecar {
  readonly port: number;
  readonly folder: string;
  /** A request as a client in the box makes it, with changes. */
  ask(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Answer>;
  call(name: string, args?: object, headers?: Record<string, string>): Promise<Answer>;
}

export const headersOf = (port: number): Record<string, string> => ({
  Host: `127.0.0.1:${port}`,
  Authorization: `Bearer ${TOKEN}`,
  'Content-Type': 'application/json',
});

/** The built sidecar with the actions of a policy, `at` this address. */
export async function startActionsSidecar(
  actions: string,
  at = '127.0.0.1',
  ...more: readonly string[]
): Promise<Actions> {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-actions-'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  mkdirSync(join(folder, 'data'));
  mkdirSync(join(folder, 'secrets'));
  const sidecar = await startSidecar(
    'actions',
    ...['--listen', `tcp://${at}:0`],
    ...['--actions', write('actions.json', JSON.stringify(parsePolicy(BASE + actions).policy.actions))],
    ...['--token', write('token', `${TOKEN}\n`)],
    ...['--data', join(folder, 'data'), '--secrets', join(folder, 'secrets')],
    ...more.map((word) => word.replace('@', folder)),
  );
  const port = Number(/"listen":"tcp:[^"]*:(\d+)"/.exec(sidecar.lines()[0] ?? '')?.[1]);
  const ask: Actions['ask'] = (method, path, body, headers = headersOf(port)) =>
    new Promise((resolve, reject) => {
      const request = http.request({ host: at, port, method, path, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, trailers } = response;
          resolve({ status, headers: response.headers, body: text, trailers });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  return {
    ...sidecar,
    port,
    folder,
    ask,
    call: (name, args = {}, headers = headersOf(port)) =>
      ask('POST', `/actions/${name}`, JSON.stringify(args), headers),
    async stop() {
      await sidecar.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The lines of a streamed answer. */
export const linesOf = ({ body }: Pick<Answer, 'body'>): readonly Record<string, unknown>[] =>
  body
    .split('\n')
    .filter(Boolean)
    .map((line): Record<string, unknown> => JSON.parse(line));

export const outputOf = (answer: Answer, stream = 'stdout'): string =>
  linesOf(answer)
    .filter((line) => line['stream'] === stream)
    .map(({ data }) => data)
    .join('');

export const endOf = (answer: Answer): unknown => linesOf(answer).at(-1);
