import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EXIT, type ExitCode } from '../core/exit.ts';
import { devcontainerCli } from '../host/devcontainer-cli.ts';
import { run } from '../host/run.ts';
import { atLeast, type Check, versionOf } from './doctor/check.ts';
import { checkEditor, EDITORS } from './doctor/editor.ts';
import { checkCompose, checkConfinement, checkEngine, dataFolder } from './doctor/engine.ts';

const OLDEST_NODE = '20.19';
/** An image with an agent, its package cache and the sidecars, with room for one rebuild. */
const SPACE_GIB = 5;
const PATIENCE_MS = 20_000;

/** Asks this machine for everything that the box needs. Nothing is changed; only programs of this machine are asked. */
export async function doctor(cwd: string): Promise<readonly Check[]> {
  return [
    checkNode(process.versions.node),
    await checkDevcontainer(),
    await checkGit(),
    ...(await checkDocker(cwd)),
    ...checkEditors(),
  ];
}

/** Something missing outweighs something bad, because nothing can be said about what is not there. */
export function doctorExit(checks: readonly Check[]): ExitCode {
  const some = (state: Check['state']): boolean => checks.some((check) => check.state === state);
  if (some('missing')) return EXIT.missing;
  if (some('bad')) return EXIT.findings;
  return some('unreachable') ? EXIT.incomplete : EXIT.ok;
}

function checkNode(version: string): Check {
  if (atLeast(version, OLDEST_NODE)) return { name: 'node', state: 'ok', found: version };
  const next = 'Install a current Node: https://nodejs.org/en/download';
  return { name: 'node', state: 'missing', found: `${version}; ${OLDEST_NODE} or newer is needed`, next };
}

async function checkDevcontainer(): Promise<Check> {
  const name = 'devcontainer';
  const next = 'npm install --global @devcontainers/cli';
  const cli = devcontainerCli();
  if (!cli) return { name, state: 'missing', found: 'not found beside cofferdam nor on the PATH', next };
  const { exit, stdout } = await run([...cli, '--version'], { timeoutMs: PATIENCE_MS });
  if (exit === 0 && versionOf(stdout)) return { name, state: 'ok', found: stdout.trim() };
  return { name, state: 'missing', found: `${cli.at(-1)} does not run`, next };
}

async function checkGit(): Promise<Check> {
  const { exit, stdout } = await run(['git', '--version'], { timeoutMs: PATIENCE_MS });
  const version = /^git version (\S+)/.exec(stdout)?.[1];
  if (exit === 0 && version) return { name: 'git', state: 'ok', found: version };
  const next = 'Install git: https://git-scm.com/downloads';
  return { name: 'git', state: 'warn', found: 'not found; commits in the box will have no author', next };
}

async function checkDocker(cwd: string): Promise<readonly Check[]> {
  const version = await run(['docker', 'version', '--format', '{{json .}}'], { timeoutMs: PATIENCE_MS });
  if (version.missing) {
    const next = 'Install Docker: https://docs.docker.com/engine/install/';
    return [{ name: 'docker', state: 'missing', found: 'the docker program is not installed', next }];
  }
  const [compose, buildx] = await Promise.all([
    run(['docker', 'compose', 'version', '--short'], { timeoutMs: PATIENCE_MS }),
    run(['docker', 'buildx', 'version'], { timeoutMs: PATIENCE_MS }),
  ]);
  const client: Check[] = [
    {
      name: 'docker',
      state: 'ok',
      found: /"Client":\{[^{}]*"Version":"([^"]+)"/.exec(version.stdout)?.[1] ?? 'present',
    },
    checkCompose(compose.exit === 0 ? compose.stdout : ''),
    buildx.exit === 0
      ? { name: 'buildx', state: 'ok', found: /\bv?\d+\.\d+\S*/.exec(buildx.stdout)?.[0] ?? 'present' }
      : {
          name: 'buildx',
          state: 'missing',
          found: 'the docker buildx plug-in is not installed',
          next: 'Install it: https://docs.docker.com/build/install-buildx/',
        },
  ];
  if (version.exit !== 0) return [...client, unreachable(version.timedOut, version.stderr)];
  const info = await run(['docker', 'info', '--format', '{{json .}}'], { timeoutMs: PATIENCE_MS });
  return [...client, ...checkEngine(version.stdout), ...checkConfinement(info.stdout), checkSpace(info.stdout, cwd)];
}

function unreachable(timedOut: boolean, stderr: string): Check {
  const why = stderr.trim().split('\n').at(-1) ?? '';
  const next = /permission denied/i.test(why)
    ? 'This user may not use the engine: https://docs.docker.com/engine/install/linux-postinstall/'
    : 'Start Docker, or set DOCKER_HOST to where it listens.';
  const found = timedOut ? `no answer in ${PATIENCE_MS / 1000} seconds` : why || 'the engine does not answer';
  return { name: 'engine', state: 'unreachable', found, next };
}

/** Free space where images go; the engine's folder is looked at only if it is on this machine. */
function checkSpace(info: string, cwd: string): Check {
  const folder = dataFolder(info);
  const place = folder !== undefined && existsSync(folder) ? folder : cwd;
  const { bavail, bsize } = statfsSync(place);
  const free = (bavail * bsize) / 2 ** 30;
  const found = `${free.toFixed(0)} GiB free`;
  if (free >= SPACE_GIB) return { name: 'disk', state: 'ok', found };
  const next = 'See what Docker keeps: docker system df';
  return { name: 'disk', state: 'warn', found: `${found}; the first build needs about ${SPACE_GIB}`, next };
}

function checkEditors(): readonly Check[] {
  return EDITORS.flatMap((editor) => {
    const file = join(configurationFolder(), editor, 'User', 'settings.json');
    if (!existsSync(file)) return [];
    return checkEditor(editor, file, readIfReadable(file));
  });
}

/** Undefined for a file that exists but cannot be read: that is said, not left out. */
function readIfReadable(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function configurationFolder(): string {
  const { APPDATA, XDG_CONFIG_HOME } = process.env;
  if (process.platform === 'win32' && APPDATA) return APPDATA;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  return XDG_CONFIG_HOME || join(homedir(), '.config');
}
