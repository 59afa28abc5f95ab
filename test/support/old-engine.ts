import { execFileSync, spawnSync } from 'node:child_process';
import http from 'node:http';

const SCRIPT = 'scripts/engine/old.mjs';
const IMAGE = 'debian:bookworm-slim';

/** Whether the 20.10 engine can be brought up here. With LIVE=must it has to be. */
export function oldEngineRuns(): boolean {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, 'up'], { encoding: 'utf8' });
  if (status !== 0 && process.env['LIVE'] === 'must') throw new Error(`LIVE=must, but no old engine:\n${stderr}`);
  return status === 0;
}

export interface OldEngine {
  readonly socket: string;
  /** A request as it should be. Gives the text of the answer; throws for a refusal. */
  ask(method: string, path: string, body?: unknown): Promise<string>;
  /** Makes a container, running if it has a command that does. */
  run(name: string, project: string, command: string): Promise<void>;
  stop(): Promise<void>;
}

/** The engine, which nobody else uses, with one image and nothing more. */
export async function oldEngine(): Promise<OldEngine> {
  const socket = execFileSync(process.execPath, [SCRIPT, 'up'], { encoding: 'utf8' }).trim().slice('unix://'.length);
  const send = (method: string, path: string, type: string, body: string | Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { host: 'docker', 'content-type': type, 'content-length': Buffer.byteLength(body) };
      const request = http.request({ socketPath: socket, method, path, headers }, (answer) => {
        const { statusCode = 0 } = answer;
        let text = '';
        answer.on('data', (chunk: Buffer) => {
          text += chunk.toString('latin1');
        });
        answer.on('error', reject);
        answer.on('end', () => {
          if (statusCode >= 200 && statusCode < 400) resolve(text);
          else reject(new Error(`${method} ${path}: ${statusCode} ${text}`));
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  const ask: OldEngine['ask'] = (method, path, body) =>
    send(method, path, 'application/json', body === undefined ? '' : JSON.stringify(body));
  const clear = async (): Promise<void> => {
    for (const [, id = ''] of (await ask('GET', '/containers/json?all=1')).matchAll(/"Id":"([0-9a-f]{64})"/g)) {
      await ask('DELETE', `/containers/${id}?force=1`);
    }
    for (const [, name = ''] of (await ask('GET', '/images/json')).matchAll(/"([^"]+:[^"]+)"/g)) {
      if (name.startsWith('evil/')) await ask('DELETE', `/images/${name}`);
    }
  };
  await clear(); // what a run that was cut off left
  if (!(await ask('GET', '/images/json')).includes(`"${IMAGE}"`)) {
    await send(
      'POST',
      '/images/load',
      'application/x-tar',
      execFileSync('docker', ['save', IMAGE], { maxBuffer: 1 << 30 }),
    );
  }
  return {
    socket,
    ask,
    async run(name, project, command) {
      const body = {
        Image: IMAGE,
        Cmd: ['sh', '-c', command],
        Labels: { 'com.docker.compose.project': project },
        HostConfig: { NetworkMode: 'none' },
      };
      await ask('POST', `/containers/create?name=${name}`, body);
      await ask('POST', `/containers/${name}/start`);
    },
    async stop() {
      await clear();
      execFileSync(process.execPath, [SCRIPT, 'down'], { stdio: 'pipe' });
    },
  };
}
