import { chmodSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample } from './box.ts';
import { docker } from './live.ts';

export interface Service {
  cap_drop?: string[];
  security_opt?: string[];
  logging?: unknown;
  mem_limit?: string;
  memswap_limit?: string | number;
  cpus?: number;
  pids_limit?: number;
  user?: string;
  privileged?: boolean;
  pid?: string;
  ipc?: string;
  group_add?: string[];
  ports?: string[];
  entrypoint?: string[];
  command?: string[];
  read_only?: boolean;
  network_mode?: string;
  healthcheck?: { test: string[] };
  networks?: string[];
  depends_on?: Record<string, unknown>;
  environment?: Record<string, string>;
  volumes: Volume[];
}

export interface Volume {
  type: string;
  source: string;
  target: string;
  read_only?: boolean;
}

export interface Compose {
  services: { agent: Service; 'docker-firewall': Service; guard?: Service; editor?: Service };
  volumes: Record<string, unknown>;
}

/** One control, how to take it away, and the probes that must notice. */
export interface Mutation {
  readonly control: string;
  /** Those of one word do not get in each other’s way, and are also taken away together. */
  readonly group?: string;
  readonly compose?: (compose: Compose, sample: Sample) => void;
  /** Replacements in generated files below .devcontainer. */
  readonly files?: Readonly<Record<string, (text: string) => string>>;
  /** Done to the running box; its result is undone afterwards. */
  readonly running?: (sample: Sample, box: string) => () => void;
  /** Probes that must say `breached`; every other one must say what it says on the whole box. */
  readonly breached: readonly string[];
  /** Probes that must find it and say that a setting of the policy leaves it open. */
  readonly residual?: readonly string[];
  /** Probes that can't be concluded without the control. */
  readonly inconclusive?: readonly string[];
}

const without = (path: string) => (compose: Compose) => {
  const { agent } = compose.services;
  const kept = agent.volumes.filter(({ target }) => target !== `/workspace/${path}`);
  if (kept.length === agent.volumes.length) throw new Error(`${path} is no mount`);
  agent.volumes = kept;
};

/** Replaces exactly one occurrence. */
const replace = (from: string, to: string) => (text: string) => {
  if (text.split(from).length !== 2) throw new Error(`not exactly one ${from}`);
  return text.replace(from, () => to);
};

/** Lines for the end of the image, as root. */
const atEnd = (...lines: readonly string[]) => ({
  Dockerfile: (text: string) => `${text}USER root\n${lines.join('\n')}\nUSER vscode\n`,
});

/** What a firewall that checks nothing would be, with a second port for good measure. */
const PASS_ALL = `const net=require('net');for(const port of [2375,2376])net.createServer(c=>{const u=net.connect('/var/run/docker.sock');c.pipe(u).pipe(c);c.on('error',()=>u.destroy());u.on('error',()=>c.destroy())}).listen(port)`;

/** A server on a unix socket of the box, of the agent's own user, as an editor or a forward would leave it. */
const serving =
  (path: string, answer: string, ...options: readonly string[]) =>
  (_: Sample, box: string) => {
    const code = `const p=${JSON.stringify(path)};require('net').createServer(c=>{c.on('error',()=>{});${answer}}).listen(p)`;
    docker('exec', '--detach', ...options, box, 'node', '-e', code);
    return () => docker('restart', '--time', '0', box);
  };

/** Answers as VS Code's server does that was started without a token. */
const EDITOR = `require('http').createServer((q,s)=>s.end(q.url==='/version'?'c'.repeat(40):'vscode-workbench')).listen(0,'127.0.0.1')`;

const GIT = ['git-commondir', 'git-config', 'git-hooks', 'git-metadata', 'git-swap'];

const DOCKER = [
  'docker-build',
  'docker-create',
  'docker-exec',
  'docker-lifecycle',
  'docker-paths',
  'docker-resources',
  'firewall-upstream',
  'foreign-attach',
  'foreign-events',
  'foreign-files',
  'foreign-inspect',
  'foreign-list',
  'foreign-logs',
  'foreign-processes',
  'image-export',
  'image-search',
  'own-files',
];

export const MUTATIONS: readonly Mutation[] = [
  {
    control: 'cap_drop',
    group: 'limits',
    compose: ({ services }) => delete services.agent.cap_drop,
    breached: ['capabilities'],
  },
  {
    control: 'no-new-privileges',
    group: 'sharing',
    compose: ({ services }) => delete services.agent.security_opt,
    breached: ['no-new-privileges'],
  },
  {
    control: 'install scripts off',
    compose: ({ services }) => delete services.agent.environment?.['npm_config_ignore_scripts'],
    files: {
      'image/npm': replace('export npm_config_ignore_scripts=true', ':'),
      'image/npmrc': replace('ignore-scripts=true', ''),
    },
    breached: ['install-scripts'],
  },
  {
    control: 'the seccomp profile',
    group: 'limits',
    compose: ({ services }) => services.agent.security_opt?.push('seccomp:unconfined'),
    breached: ['seccomp'],
  },
  {
    control: 'masked and read-only system paths',
    group: 'limits',
    compose: ({ services }) => services.agent.security_opt?.push('systempaths=unconfined'),
    breached: ['kernel-knobs', 'masked-paths'],
  },
  {
    control: 'pids_limit',
    group: 'limits',
    compose: ({ services }) => delete services.agent.pids_limit,
    breached: ['pids-limit'],
  },
  {
    control: 'mem_limit',
    group: 'limits',
    compose({ services }) {
      delete services.agent.mem_limit;
      delete services.agent.memswap_limit;
    },
    breached: ['memory-limit'],
  },
  { control: 'cpus', group: 'limits', compose: ({ services }) => delete services.agent.cpus, breached: ['cpu-limit'] },
  {
    control: 'the log limit',
    group: 'limits',
    compose: ({ services }) => delete services.agent.logging,
    breached: ['log-limit'],
  },
  {
    control: 'the non-root user',
    compose({ services }) {
      services.agent.user = '0:0';
    },
    // Root's git has another home; the guard, of another user, can't remove root's sockets in a sticky folder.
    breached: ['docker-config', 'git-credentials', 'guard-removes', 'hardening-files', 'non-root'],
    // Without capabilities, root can't write in a workspace that is another user's.
    inconclusive: ['gitlinks'],
  },
  {
    control: 'being unprivileged',
    compose({ services }) {
      services.agent.privileged = true;
    },
    breached: ['capabilities', 'devices', 'kernel-knobs', 'masked-paths', 'seccomp'],
  },
  {
    control: 'its own pid namespace',
    compose({ services }) {
      services.agent.pid = 'host';
    },
    breached: ['guard-unreachable', 'host-namespaces'],
    // Process 1 is the host's there, and its environment is not the agent's to read.
    inconclusive: ['host-environment'],
  },
  {
    control: 'its own IPC namespace',
    group: 'sharing',
    compose({ services }) {
      services.agent.ipc = 'host';
    },
    breached: ['host-namespaces'],
  },
  {
    control: 'being without the engine’s socket',
    compose({ services: { agent, 'docker-firewall': firewall } }) {
      const [socket] = firewall.volumes;
      if (socket) agent.volumes.push({ ...socket });
      agent.group_add = ['0'];
    },
    breached: ['engine-sockets', 'host-mounts', 'non-root'],
  },
  {
    control: 'being without other mounts of the host',
    group: 'sharing',
    compose({ services }) {
      services.agent.volumes.push({ type: 'bind', source: '/etc', target: '/host-etc', read_only: true });
    },
    breached: ['host-mounts'],
  },
  {
    control: 'being without the user’s keys',
    group: 'sharing',
    compose({ services }, sample) {
      const keys = join(sample.root, '..', 'keys');
      mkdirSync(keys, { recursive: true });
      sample.write('../keys/id_ed25519', 'canary\n');
      chmodSync(join(keys, 'id_ed25519'), 0o644);
      services.agent.volumes.push({ type: 'bind', source: keys, target: '/home/vscode/.ssh', read_only: true });
    },
    breached: ['credential-files', 'host-mounts'],
  },
  {
    control: 'being without the host’s variables',
    group: 'sharing',
    compose({ services }) {
      services.agent.environment = { ...services.agent.environment, NPM_TOKEN: 'canary' };
    },
    breached: ['host-environment'],
  },
  {
    control: 'being without published ports',
    group: 'limits',
    compose({ services }) {
      services.agent.ports = ['0:3000'];
    },
    breached: ['published-ports'],
  },
  {
    control: 'volumes of its own',
    group: 'sharing',
    compose({ volumes }) {
      volumes['cache'] = { name: 'cofferdam-mutation-everybody' };
    },
    running: (_, box) => () => {
      docker('rm', '--force', box);
      docker('volume', 'rm', 'cofferdam-mutation-everybody');
    },
    breached: ['shared-volumes'],
  },
  {
    control: 'XDG_RUNTIME_DIR',
    group: 'environment',
    compose({ services }) {
      services.agent.environment = { ...services.agent.environment, XDG_RUNTIME_DIR: '/dev/shm' };
    },
    breached: ['editor-bind', 'editor-race'],
  },
  {
    control: 'DOCKER_CONFIG',
    group: 'environment',
    compose: ({ services }) => delete services.agent.environment?.['DOCKER_CONFIG'],
    breached: ['docker-config'],
  },
  {
    control: 'BASH_ENV',
    group: 'environment',
    compose: ({ services }) => delete services.agent.environment?.['BASH_ENV'],
    breached: ['environment-clearing'],
  },
  {
    control: 'the guard',
    compose({ services }) {
      delete services.guard;
      delete services.agent.depends_on?.['guard'];
    },
    breached: ['guard-removes', 'sidecar-health'],
    inconclusive: ['sidecar-privileges'],
  },
  {
    control: 'the firewall’s own network',
    group: 'sidecars',
    compose({ services }) {
      services['docker-firewall'].networks = ['docker-api', 'default'];
    },
    breached: ['firewall-neighbours', 'firewall-network', 'sidecar-privileges'],
  },
  {
    control: 'the firewall’s decisions',
    compose({ services }) {
      services['docker-firewall'].entrypoint = ['node', '-e', PASS_ALL];
      services['docker-firewall'].command = [];
      services['docker-firewall'].healthcheck = { test: ['CMD', 'true'] };
    },
    breached: DOCKER,
  },
  {
    control: 'the firewall’s scope',
    compose({ services: { 'docker-firewall': firewall } }) {
      firewall.command = (firewall.command ?? []).map((word) => (word.startsWith('project=') ? 'all' : word));
    },
    breached: ['foreign-events', 'foreign-inspect', 'foreign-list', 'foreign-logs', 'foreign-processes'],
  },
  {
    control: 'a firewall without capabilities',
    group: 'sidecars',
    compose: ({ services }) => delete services['docker-firewall'].cap_drop,
    breached: ['sidecar-privileges'],
  },
  {
    control: 'a firewall that gets no new privileges',
    group: 'sidecars',
    compose: ({ services }) => delete services['docker-firewall'].security_opt,
    breached: ['sidecar-privileges'],
  },
  {
    control: 'the firewall’s read-only root',
    group: 'sidecars',
    compose: ({ services }) => delete services['docker-firewall'].read_only,
    breached: ['sidecar-privileges'],
  },
  {
    control: 'a limit on the guard’s processes',
    group: 'sidecars',
    compose: ({ services }) => delete services.guard?.pids_limit,
    breached: ['sidecar-privileges'],
  },
  {
    control: 'a guard without a network',
    group: 'sidecars',
    compose: ({ services }) => delete services.guard?.network_mode,
    breached: ['sidecar-privileges'],
  },
  {
    control: 'a firewall that lives',
    running(_, box) {
      const firewall = box.replace(/-agent-1$/, '-docker-firewall-1');
      docker('kill', firewall);
      return () => docker('start', firewall);
    },
    breached: ['sidecar-health'],
    inconclusive: [...DOCKER, 'firewall-neighbours', 'firewall-network', 'sidecar-privileges'],
  },
  { control: '.git/hooks', group: 'git', compose: without('.git/hooks'), breached: ['git-hooks', 'protected-mounts'] },
  {
    control: '.git/config',
    group: 'git',
    compose: without('.git/config'),
    breached: ['git-config', 'protected-mounts'],
  },
  {
    control: '.git/commondir',
    group: 'git',
    compose: without('.git/commondir'),
    breached: ['git-commondir', 'protected-mounts'],
  },
  {
    control: '.git/worktrees',
    group: 'git',
    compose: without('.git/worktrees'),
    breached: ['git-metadata', 'protected-mounts'],
  },
  { control: '.git/info', group: 'git', compose: without('.git/info'), breached: ['git-metadata', 'protected-mounts'] },
  { control: '.gitmodules', group: 'git', compose: without('.gitmodules'), breached: ['gitlinks', 'protected-mounts'] },
  {
    control: 'a git that looks into no nested repository',
    group: 'tools',
    running(sample) {
      sample.git('config', '--unset', 'diff.ignoreSubmodules');
      return () => {
        sample.git('config', 'diff.ignoreSubmodules', 'all');
        docker('restart', '--time', '0', sample.agent());
      };
    },
    // The setting is in .git/config, and git renames a new file over it.
    breached: ['gitlinks', 'protected-mounts'],
  },
  {
    control: 'protected files with one name',
    group: 'tools',
    running(sample) {
      const second = join(sample.root, 'second.yml');
      linkSync(join(sample.root, '.devcontainer', 'docker-compose.yml'), second);
      return () => rmSync(second);
    },
    breached: ['hard-links'],
  },
  { control: '.git as a mount point', compose: without('.git'), breached: [...GIT, 'protected-mounts'] },
  {
    control: '.devcontainer',
    group: 'git',
    compose: without('.devcontainer'),
    breached: ['bind-sources', 'devcontainer-files', 'policy-file', 'protected-mounts', 'shadow-config'],
  },
  {
    control: '.devcontainer.json',
    group: 'tools',
    compose: without('.devcontainer.json'),
    breached: ['shadow-config', 'protected-mounts'],
  },
  { control: '.vscode', group: 'tools', compose: without('.vscode'), breached: ['editor-files', 'protected-mounts'] },
  {
    control: '.mcp.json',
    group: 'tools',
    compose: without('.mcp.json'),
    breached: ['agent-config', 'protected-mounts'],
  },
  { control: '.zed', group: 'tools', compose: without('.zed'), breached: ['editor-files', 'protected-mounts'] },
  {
    control: '.github/hooks',
    group: 'tools',
    compose: without('.github/hooks'),
    breached: ['agent-config', 'protected-mounts'],
  },
  {
    control: '.github/copilot',
    group: 'tools',
    compose: without('.github/copilot'),
    breached: ['agent-config', 'protected-mounts'],
  },
  { control: '.envrc', group: 'tools', compose: without('.envrc'), breached: ['shell-files', 'protected-mounts'] },
  { control: '.husky', group: 'tools', compose: without('.husky'), breached: ['hook-folders', 'protected-mounts'] },
  {
    // git renames a new file over .git/config, and the kernel lifts the mount in the running box.
    control: 'a host that leaves .git/config alone',
    group: 'environment',
    running(sample) {
      sample.git('config', 'canary.key', 'value');
      return () => {
        sample.git('config', '--unset', 'canary.key');
        docker('restart', '--time', '0', sample.agent());
      };
    },
    breached: ['protected-mounts'],
  },
  {
    control: 'the removed set-ID bits',
    group: 'image',
    files: atEnd('RUN chmod u+s /bin/su'),
    breached: ['privilege-helpers', 'setuid-files'],
  },
  {
    control: 'being without sudo',
    group: 'image',
    files: atEnd('RUN cp /bin/true /usr/bin/sudo'),
    breached: ['privilege-helpers'],
  },
  {
    control: 'the mode of the runtime directory',
    group: 'image',
    files: atEnd('RUN chmod 0777 /run/cofferdam'),
    breached: ['editor-bind', 'editor-race'],
  },
  {
    control: 'root’s ownership of the hardening script',
    group: 'image',
    files: atEnd('RUN chown vscode /etc/cofferdam/security-harden.sh'),
    breached: ['hardening-files'],
  },
  {
    control: 'being without a credential helper for git',
    group: 'image',
    files: { 'image/gitconfig': replace('helper =', 'helper = store') },
    breached: ['git-credentials'],
  },
  {
    control: 'the reset of git’s credential helpers',
    group: 'listeners',
    files: { 'image/gitconfig': replace('\thelper =\n', '') },
    breached: ['git-credentials'],
  },
  {
    control: 'a git configuration without the host’s',
    group: 'image',
    files: {
      'image/gitconfig': (text) => `${text}[http "https://canary.invalid"]\n\textraHeader = Authorization: x\n`,
    },
    breached: ['git-configuration'],
  },
  {
    control: 'the empty docker configuration',
    group: 'image',
    files: atEnd(`RUN echo '{"credsStore":"dev-containers-canary"}' > /etc/cofferdam/docker/config.json`),
    breached: ['docker-credentials'],
  },
  {
    control: 'being without an editor’s sockets',
    group: 'listeners',
    running: serving('/dev/shm/vscode-ipc-canary.sock', ''),
    breached: ['editor-sockets', 'editor-ways'],
  },
  {
    control: 'being without an editor’s abstract sockets',
    group: 'listeners',
    running: serving('\0vscode-git-canary.sock', ''),
    breached: ['editor-sockets', 'editor-ways'],
  },
  {
    control: 'environments without an editor’s variables',
    group: 'listeners',
    running: serving('/dev/shm/any', '', '--env', 'VSCODE_GIT_IPC_HANDLE=/dev/shm/any'),
    breached: ['editor-environ'],
  },
  {
    control: 'a start without an editor’s variables',
    compose({ services }) {
      services.agent.environment = { ...services.agent.environment, VSCODE_IPC_HOOK_CLI: '/dev/shm/any' };
    },
    running: serving('/dev/shm/any', ''),
    breached: ['editor-environ', 'editor-ways', 'host-environment'],
  },
  {
    control: 'being without an editor’s server',
    group: 'listeners',
    running(_, box) {
      docker('exec', '--detach', box, 'node', '-e', EDITOR, '/home/vscode/.vscode-server/bin/server-main.js');
      return () => docker('restart', '--time', '0', box);
    },
    breached: ['editor-loopback'],
    residual: ['editor-memory'],
  },
  {
    control: 'being without an SSH agent',
    group: 'listeners',
    running: serving('/dev/shm/agent.1', `c.on('data',()=>c.write(Buffer.from([0,0,0,5,12,0,0,0,0])))`),
    breached: ['ssh-agent'],
  },
  {
    control: 'being without a GPG agent',
    group: 'listeners',
    running: serving('/dev/shm/S.gpg-agent', `c.write('OK Pleased to meet you\\n')`),
    breached: ['gpg-agent'],
  },
  {
    control: 'being without an engine on TCP',
    group: 'sharing',
    running(_, box) {
      const [gateway] = docker(
        'inspect',
        '--format',
        '{{range .NetworkSettings.Networks}}{{println .Gateway}}{{end}}',
        box,
      )
        .split('\n')
        .filter(Boolean);
      const code = `require('http').createServer((q,s)=>{s.setHeader('Api-Version','1.51');s.end('OK')}).listen(2375,${JSON.stringify(gateway)})`;
      const image = docker('inspect', '--format', '{{.Config.Image}}', box);
      const id = docker(
        'run',
        '--detach',
        '--rm',
        '--network',
        'host',
        '--label',
        'dev.cofferdam.project=',
        image,
        'node',
        '-e',
        code,
      );
      return () => docker('rm', '--force', id);
    },
    breached: ['engine-tcp'],
  },
  {
    control: 'a network namespace of its own',
    group: 'sharing',
    running(_, box) {
      const image = docker('inspect', '--format', '{{.Config.Image}}', box);
      const id = docker(
        'run',
        '--detach',
        '--rm',
        '--network',
        `container:${box}`,
        '--label',
        'dev.cofferdam.project=',
        image,
        'sleep',
        '600',
      );
      return () => docker('rm', '--force', id);
    },
    breached: ['network-sharing'],
  },
];
