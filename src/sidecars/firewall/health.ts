import http from 'node:http';
import type { Address } from './settings.ts';

/** Whether the listener answers `/_ping`, which it can only after asking the engine. */
export function pingAnswers(address: Address, timeoutMs = 5_000): Promise<boolean> {
  const place =
    address.kind === 'unix'
      ? { socketPath: address.path }
      : { host: ANYWHERE.has(address.host) ? '127.0.0.1' : address.host, port: address.port };
  return new Promise((resolve) => {
    const request = http.get({ ...place, path: '/_ping', timeout: timeoutMs, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode === 200));
      answer.on('error', () => resolve(false));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

export const ANYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
