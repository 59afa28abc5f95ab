import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { Duplex } from 'node:stream';
import { ToolError } from '../core/errors.ts';
import { docker } from './docker.ts';

export interface EngineReply {
  readonly status: number;
  readonly body: string;
}

/**
 * One request to the Engine API, wherever the docker CLI finds its engine (context, DOCKER_HOST, ssh): `docker system
 * dial-stdio` connects our standard streams to it. For what the CLI has no words for.
 */
export function engineRequest(method: 'GET' | 'POST', path: string, body?: unknown): Promise<EngineReply> {
  const child = spawn('docker', ['system', 'dial-stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
  // Not Duplex.from: that calls it an error when the engine's side ends before ours.
  const stream = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _, done) => void child.stdin.write(chunk, () => done()),
  });
  child.stdin.on('error', () => {
    // It ended early; the request fails by that.
  });
  child.stdout.on('data', (chunk: Buffer) => stream.push(chunk));
  child.stdout.on('end', () => stream.push(null));
  return new Promise<EngineReply>((resolve, reject) => {
    child.on('error', reject);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = request({
      createConnection: () => stream,
      method,
      path,
      headers: {
        Host: 'docker',
        Connection: 'close',
        ...(text === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let reply = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        reply += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: reply }));
    });
    sent.end(text);
  }).finally(() => {
    stream.destroy();
    child.kill();
  });
}

/** `docker inspect` of containers, as JSON; those that are gone meanwhile are left out. */
export async function inspectContainers(ids: readonly string[]): Promise<readonly unknown[]> {
  if (ids.length === 0) return [];
  const found: unknown = JSON.parse(await docker(['container', 'inspect', ...ids]));
  return Array.isArray(found) ? found : [];
}

/** Makes and starts a container from a body of the Engine API's `POST /containers/create`; gives its id. */
export async function createContainer(name: string, body: unknown): Promise<string> {
  const reply = await engineRequest('POST', `/containers/create?name=${encodeURIComponent(name)}`, body);
  const answer: unknown = JSON.parse(reply.body);
  if (reply.status !== 201 || typeof answer !== 'object' || answer === null || !('Id' in answer)) {
    throw new ToolError(
      'engine-failed',
      `A container for the checks could not be made: ${reply.body.trim().slice(0, 300)}`,
      'cofferdam doctor',
    );
  }
  const id = String(answer.Id);
  await docker(['start', id]);
  return id;
}
