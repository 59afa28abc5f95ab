import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { docker } from './live.ts';

/** Where the server is put in a container, and where it keeps its data. */
export const PROGRAM = '/opt/editor';
const DATA = '/home/vscode/.editor';
const PORT = 8123;
/**
 * code-server's own socket, which VS Code's server does not have: `code-server FILE` speaks to the running server through
 * it. Left out by this exact path and nothing else.
 */
export const OWN_SOCKET = `${DATA}/data/code-server-ipc.sock`;
/** In the boxes and in containers without Node: the server's own. */
export const NODE = `${PROGRAM}/bin/node`;

export interface Rig {
  /** A tar file. */
  readonly server: string;
  readonly browser: string;
}

/** What scripts/editor/up.mjs set up. With LIVE=must a missing editor is a failure. */
export function editorRig(): Rig | undefined {
  const { EDITOR_SERVER: server, EDITOR_BROWSER: browser, LIVE } = process.env;
  if (server && browser) return { server, browser };
  if (LIVE === 'must') throw new Error('LIVE=must, but there is no editor: eval "$(scripts/editor/up.mjs)"');
  return undefined;
}

/** An extension that shows that it was activated and can work on what is open. */
const EXTENSION: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'lines',
    publisher: 'test',
    version: '0.0.1',
    engines: { vscode: '^1.90.0' },
    main: './main.js',
    activationEvents: ['onStartupFinished'],
    contributes: { commands: [{ command: 'test.lines', title: 'Count the Lines', category: 'Test' }] },
  }),
  'main.js': `const vscode = require('vscode');
    exports.activate = ({ subscriptions }) => subscriptions.push(vscode.commands.registerCommand('test.lines', () =>
      vscode.window.showInformationMessage('Lines: ' + vscode.window.activeTextEditor.document.lineCount)));`,
};

/** Puts the server into a running container, as an editor's own extension does when it attaches. */
export function install(container: string, rig: Rig, settings: object): void {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-editor-'));
  const as = (user: string, script: string): string => docker('exec', '-u', user, container, 'sh', '-ec', script);
  try {
    as('0', `mkdir ${PROGRAM}`);
    const copy = openSync(rig.server, 'r');
    execFileSync('docker', ['cp', '-', `${container}:${PROGRAM}`], { stdio: [copy, 'pipe', 'pipe'] });
    closeSync(copy);
    as('vscode', `mkdir -p ${DATA}/data/Machine ${DATA}/data/User ${DATA}/extensions/test.lines-0.0.1`);
    const write = (path: string, text: string): void => {
      writeFileSync(join(folder, 'file'), text, { mode: 0o644 });
      docker('cp', join(folder, 'file'), `${container}:${path}`);
    };
    // What devcontainer.json says, where the editor's extension writes it for a remote server.
    write(`${DATA}/data/Machine/settings.json`, JSON.stringify(settings));
    write(
      `${DATA}/data/User/settings.json`,
      JSON.stringify({
        'workbench.startupEditor': 'none',
        'workbench.secondarySideBar.defaultVisibility': 'hidden',
        // Asked for at a time that the test chooses.
        'security.workspace.trust.startupPrompt': 'never',
        // Text that a browser's script can read, where a canvas would be a picture.
        'terminal.integrated.gpuAcceleration': 'off',
        // It lays a second terminal, with lines and an input of its own, over one whose output is long.
        'terminal.integrated.stickyScroll.enabled': false,
        'editor.autoClosingBrackets': 'never',
      }),
    );
    for (const [name, text] of Object.entries(EXTENSION)) {
      write(`${DATA}/extensions/test.lines-0.0.1/${name}`, text);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface EditorServer {
  readonly container: string;
  /** As a browser on this machine has it: a loopback address, which counts as safe to browsers. */
  readonly url: string;
  readonly password: string;
  /** Where it listens, as other containers would have it. */
  readonly address: { readonly host: string; readonly port: number };
  stop(): Promise<void>;
}

/** Starts the server as the box's user, with what the container's environment has, plus `environment`. */
export async function startServer(
  container: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<EditorServer> {
  const password = randomBytes(12).toString('hex');
  const hash = createHash('sha256').update(password).digest('hex');
  const given = Object.entries({ HASHED_PASSWORD: hash, SHELL: '/bin/bash', ...environment });
  const flags = [
    ...['--auth', 'password', '--bind-addr', `0.0.0.0:${PORT}`, '--disable-telemetry', '--disable-update-check'],
    ...['--user-data-dir', `${DATA}/data`, '--extensions-dir', `${DATA}/extensions`],
    ...['--config', `${DATA}/config.yaml`],
  ];
  const command = `exec "$@" >${DATA}/log 2>&1`;
  docker(
    ...[
      'exec',
      '-d',
      '-u',
      'vscode',
      '-w',
      '/workspace',
      ...given.flatMap(([key, value]) => ['-e', `${key}=${value}`]),
    ],
    ...[
      container,
      'sh',
      '-c',
      command,
      'editor',
      NODE,
      `${PROGRAM}/node_modules/code-server/out/node/entry.js`,
      ...flags,
    ],
  );
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
  const host = docker('inspect', '-f', format, container).split(' ')[0] ?? '';
  const relay = await listen(host);
  const at = relay.address();
  const url = `http://127.0.0.1:${typeof at === 'object' ? at?.port : 0}/`;
  const log = (): string => docker('exec', container, 'tail', '-n', '20', `${DATA}/log`);
  const answers = async (): Promise<boolean> => {
    const answer = await fetch(`${url}healthz`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    return answer?.ok ?? false;
  };
  await vi.waitUntil(answers, { timeout: 180_000, interval: 200 }).catch((error) => {
    throw new Error(`the editor's server does not answer:\n${log()}`, { cause: error });
  });
  return {
    container,
    url,
    password,
    address: { host, port: PORT },
    async stop() {
      relay.close();
      stopServer(container);
    },
  };
}

/** Ends everything that runs the server's program in the container; a container's processes are its own. */
function stopServer(container: string): void {
  const script = `for p in /proc/[0-9]*; do
    case $(readlink $p/exe) in ${PROGRAM}/*) kill -9 "\${p#/proc/}" ;; esac
  done; true`;
  spawnSync('docker', ['exec', '-u', 'vscode', container, 'sh', '-c', script]);
}

/** Passes connections on to the container: its own address is not one that browsers call safe. */
function listen(host: string): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((near) => {
      const far = connect(PORT, host);
      near.pipe(far).pipe(near);
      for (const end of [near, far]) {
        end.on('error', () => end.destroy());
        end.on('close', () => (end === near ? far : near).destroy());
      }
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
