import http from 'node:http';
import type { ToolError } from '../../core/errors.ts';
import { LAYOUT } from '../../policy/layout.ts';
import { parseAddress } from '../firewall/settings.ts';
import { parseFlags } from '../flags.ts';

const TIMEOUT_MS = 5_000;

/** Whether the sidecar answers where it listens. */
export function healthAnswers(argv: readonly string[], wrong: (message: string) => ToolError): Promise<boolean> {
  const listen = parseFlags(argv, ['--listen'], new Set(), wrong).get('--listen')?.[0];
  const address = parseAddress(listen ?? `tcp://${LAYOUT.actionsHost}:${LAYOUT.actionsPort}`, wrong);
  if (address.kind !== 'tcp') throw wrong('--listen must be tcp://HOST:PORT');
  const { host, port } = address;
  return new Promise((resolve) => {
    const request = http.get({ host, port, path: '/health', timeout: TIMEOUT_MS, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode === 200));
      answer.on('error', () => resolve(false));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
