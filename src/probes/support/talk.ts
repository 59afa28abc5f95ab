import type { Endpoint, Facts, Listener, Outcome } from '../../core/probing.ts';
import type { Site } from '../probe.ts';

/** A wildcard address is connected to on the loopback. */
export const reachable = ({ host, port }: Listener): Listener => ({
  host: host === '0.0.0.0' ? '127.0.0.1' : /^[0:]+$/.test(host) ? '::1' : host,
  port,
});

/** What a listener says to a client of VS Code that has no token. */
export interface Talk {
  readonly version: Outcome<Facts['http']>;
  readonly page: Outcome<Facts['http']>;
  readonly handshake: Outcome<Facts['raw']>;
}

/** An upgrade without frames of its own, so that the protocol of VS Code follows at once. */
const UPGRADE = [
  'GET /?reconnectionToken=00000000-0000-4000-8000-000000000000&reconnection=false&skipWebSocketFrames=true HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  '',
  '',
].join('\r\n');

/** A control message (type 2) with number, acknowledgement and length, each of four bytes (seen in VS Code 1.139). */
function control(text: string): string {
  const word = (value: number): string => String.fromCharCode(0, 0, value >> 8, value & 255);
  return `\x02${word(0)}${word(0)}${word(text.length)}${text}`;
}

const AUTH = control(JSON.stringify({ type: 'auth', auth: '00000000000000000000', data: 'canary' }));

/** A silent listener is waited for, but not for long: it is on the same machine. */
const PATIENCE_MS = 4000;

export async function askEditor(site: Site, to: Endpoint): Promise<Talk> {
  const get = (path: string): Promise<Outcome<Facts['http']>> =>
    site.perform({ do: 'http', to, method: 'GET', path, timeoutMs: PATIENCE_MS });
  const [version, page, handshake] = await Promise.all([
    get('/version'),
    get('/'),
    site.perform({ do: 'raw', to, bytes: UPGRADE, next: AUTH, timeoutMs: PATIENCE_MS }),
  ]);
  return { version, page, handshake };
}

interface Answer {
  readonly is: 'open' | 'asks for a token' | 'no editor' | 'unclear';
  readonly because: string;
}

const WORKBENCH = /vscode-workbench|code-server|workbench\.(?:web|js|html)/i;

/** Reads the answers of VS Code’s server, as desktop editors start it, and of code-server before it. */
export function whatAnswers({ version, page, handshake }: Talk): Answer {
  const text = handshake.ok ? handshake.value.text : '';
  if (text.includes('"type":"sign"')) return { is: 'open', because: 'the handshake was taken without a token' };
  const location = page.ok ? (page.value.headers['location'] ?? '') : '';
  const body = page.ok ? page.value.body : '';
  const editor =
    (version.ok && version.value.status === 200 && /^[0-9a-f]{40}$/.test(version.value.body.trim())) ||
    WORKBENCH.test(body) ||
    /auth mismatch/.test(text) ||
    /(?:^|\/)login\b|[?&]folder=|[?&]tkn=/.test(location);
  if (!editor) return { is: 'no editor', because: '' };
  const status = page.ok ? page.value.status : 0;
  if (status === 200 && WORKBENCH.test(body) && !/name="password"/.test(body)) {
    return { is: 'open', because: 'its page was given out' };
  }
  if (/[?&]folder=/.test(location) && !/login/.test(location)) return { is: 'open', because: 'it opens a folder' };
  const refused = /auth mismatch/.test(text) || /^HTTP\/1\.1 40[13]/.test(text);
  return refused || status === 401 || status === 403 || /login/.test(location)
    ? { is: 'asks for a token', because: status === 0 ? 'handshake refused' : `${status}` }
    : { is: 'unclear', because: `an editor’s, page ${status}, handshake ${JSON.stringify(text.slice(0, 40))}` };
}
