import * as z from 'zod';
import { atLeast, type Check, versionOf } from './check.ts';

/** The oldest engine and compose that know every option of the generated files. */
const OLDEST = { engine: '26.0', compose: '2.24' } as const;

const VERSION = z.object({
  Server: z
    .object({
      Version: z.string(),
      Platform: z.object({ Name: z.string() }).optional(),
      Components: z.array(z.object({ Name: z.string(), Version: z.string() })).optional(),
    })
    .nullish(),
});

const INFO = z.object({
  CgroupVersion: z.string().optional(),
  DockerRootDir: z.string(),
  SecurityOptions: z.array(z.string()).nullable(),
  MemoryLimit: z.boolean(),
  PidsLimit: z.boolean(),
  CpuCfsQuota: z.boolean(),
});

/** What `docker info` says about where the engine keeps its data. */
export const dataFolder = (info: string): string | undefined => parse(INFO, info)?.DockerRootDir;

export function checkCompose(version: string): Check {
  const found = version.trim() || 'no version';
  if (atLeast(version, OLDEST.compose)) return { name: 'compose', state: 'ok', found };
  const next = 'Install the docker compose plug-in: https://docs.docker.com/compose/install/linux/';
  return { name: 'compose', state: 'missing', found: `${found}; ${OLDEST.compose} or newer is needed`, next };
}

/** Reads `docker version` of an engine that answered. */
export function checkEngine(json: string): readonly Check[] {
  const server = parse(VERSION, json)?.Server;
  if (!server) return [unreadable('engine', 'docker version')];
  const desktop = /^Docker Desktop (\S+)/.exec(server.Platform?.Name ?? '')?.[1];
  const runc = server.Components?.find(({ Name }) => Name === 'runc')?.Version;
  const engine: Check = atLeast(server.Version, OLDEST.engine)
    ? { name: 'engine', state: 'ok', found: server.Version }
    : {
        name: 'engine',
        state: 'missing',
        found: `${server.Version}; ${OLDEST.engine} or newer is needed`,
        next: 'Update Docker: https://docs.docker.com/engine/install/',
      };
  return [
    engine,
    ...(desktop === undefined ? [] : [checkDesktop(desktop)]),
    ...(runc === undefined ? [] : [checkRunc(runc)]),
  ];
}

const DESKTOP_NEWS = 'https://docs.docker.com/security/security-announcements/';

/** Versions of Docker Desktop whose own faults let a container reach the host, whatever the box forbids (DKR-06). */
export function checkDesktop(version: string): Check {
  const base = { name: 'docker-desktop', source: DESKTOP_NEWS, next: 'Update Docker Desktop.' };
  if (!atLeast(version, '4.44.3')) {
    const found = `${version}: any container reaches the engine’s API without a socket (CVE-2025-9074)`;
    return { ...base, state: 'bad', found };
  }
  if (!atLeast(version, '4.71.0')) {
    const found = `${version}: on macOS with Model Runner on, any container can run code on the host (CVE-2026-5843)`;
    return { ...base, state: 'warn', found };
  }
  return { name: 'docker-desktop', state: 'ok', found: version };
}

/**
 * Versions of runc with a published way out of the container (RUN-12). CVE-2025-31133, -52565 and -52881 are fixed in
 * 1.2.8, 1.3.3 and 1.4.0-rc.3. Distributions mend older versions too, which the number does not show: so a warning.
 */
export function checkRunc(version: string): Check {
  const [major = 0, minor = 0] = versionOf(version) ?? [];
  const fixed = major === 1 && minor <= 2 ? '1.2.8' : major === 1 && minor === 3 ? '1.3.3' : '1.4.0';
  const early = /^1\.4\.0-rc\.[12]\b/.test(version);
  if (atLeast(version, fixed) && !early) return { name: 'runc', state: 'ok', found: version };
  const leaks = atLeast(version, '1.1.12') ? '' : 'CVE-2024-21626 and ';
  return {
    name: 'runc',
    state: 'warn',
    found: `${version} has ${leaks}CVE-2025-31133, -52565 and -52881, unless your distribution mended it`,
    next: 'Update the engine, or look the CVEs up in your distribution’s security tracker.',
    source: 'https://github.com/opencontainers/runc/security/advisories',
  };
}

/** Reads `docker info`: what stands behind the controls of the box. */
export function checkConfinement(json: string): readonly Check[] {
  const info = parse(INFO, json);
  if (!info) return [unreadable('confinement', 'docker info')];
  const options = info.SecurityOptions ?? [];
  const seccomp = options.some((option) => /^name=seccomp\b/.test(option) && !/profile=unconfined/.test(option));
  const remapped = options.some((option) => /^name=(?:userns|rootless)\b/.test(option));
  const missing = [
    ...(info.MemoryLimit ? [] : ['memory']),
    ...(info.PidsLimit ? [] : ['pids']),
    ...(info.CpuCfsQuota ? [] : ['cpu']),
  ];
  return [
    seccomp
      ? { name: 'seccomp', state: 'ok', found: 'a profile is on' }
      : {
          name: 'seccomp',
          state: 'bad',
          found: 'the engine runs containers without a system call filter',
          next: 'Use a kernel with seccomp, and remove "seccomp-profile": "unconfined" from daemon.json.',
        },
    missing.length === 0
      ? { name: 'limits', state: 'ok', found: `memory, pids and cpu (cgroup v${info.CgroupVersion ?? '?'})` }
      : {
          name: 'limits',
          state: 'warn',
          found: `the kernel does not enforce: ${missing.join(', ')}`,
          next: 'Switch these cgroup controllers on; one box can otherwise stop the machine.',
        },
    remapped
      ? { name: 'user-namespaces', state: 'ok', found: 'root in a container is nobody on the host' }
      : {
          name: 'user-namespaces',
          state: 'note',
          found: 'off: root in a container has root’s number on the host',
          next: 'The agent is not root; for depth: https://docs.docker.com/engine/security/userns-remap/',
        },
  ];
}

const unreadable = (name: string, command: string): Check => ({
  name,
  state: 'unreachable',
  found: `the answer of \`${command}\` cannot be read`,
  next: `Run \`${command}\` and look at what it prints.`,
});

function parse<T>(schema: z.ZodType<T>, json: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined; // not JSON: the caller says so
  }
}
