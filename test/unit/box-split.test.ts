import { parse as parseJsonc } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { boxFiles } from '../../src/plans/box.ts';
import { editorGitEnvironment } from '../../src/policy/editor-git.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { samplePolicy } from '../support/policy.ts';

const files = (changes: Partial<Policy>): ReadonlyMap<string, string> =>
  new Map(
    boxFiles(
      samplePolicy({ topology: 'split', ...changes }),
      { git: 'directory' },
      { sidecar: '// sidecar\n', relay: '// relay\n' },
    ).map(({ path, text }) => [path.replace('.devcontainer/', ''), text]),
  );
const file = (path: string, changes: Partial<Policy> = {}): string => {
  const found = files(changes).get(path);
  if (found === undefined) throw new Error(`no ${path}`);
  return found;
};
const compose = (changes: Partial<Policy> = {}) => parseYaml(file('docker-compose.yml', changes));
const settings = (changes: Partial<Policy> = {}) =>
  parseJsonc(file('devcontainer.json', changes)).customizations.vscode.settings;

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
}

/** What each service of the box mounts, as `source target` and whether it may write. */
function mountsOf(service: string, changes: Partial<Policy> = {}): ReadonlyMap<string, boolean> {
  const list: readonly Mount[] = compose(changes).services[service].volumes;
  return new Map(list.map(({ source, target, read_only }) => [`${source} ${target}`, read_only !== true]));
}

describe('a split box', () => {
  it('gives git in the editor’s container settings that no repository can change, and the agent’s git none', () => {
    const { agent, editor } = compose().services;
    expect(editor.environment).toMatchObject(editorGitEnvironment('prevent'));
    expect(Object.keys(agent.environment).filter((name) => name.startsWith('GIT_'))).toEqual([]);
  });

  it('confines the editor’s container as it does the agent’s', () => {
    const { services } = compose();
    expect(Object.keys(services)).toEqual(['agent', 'editor', 'docker-firewall', 'guard']);
    for (const key of [
      'user',
      'cap_drop',
      'security_opt',
      'mem_limit',
      'memswap_limit',
      'cpus',
      'pids_limit',
      'init',
    ]) {
      expect(services.editor[key]).toEqual(services.agent[key]);
    }
  });

  it('shares no network between the two, and gives the editor no Docker and no agent’s home', () => {
    const { services, networks } = compose();
    expect(services.editor.networks).toEqual(['editor']);
    expect(services.agent.networks).toEqual(['default', 'docker-api']);
    expect(Object.keys(networks)).toEqual(['default', 'docker-api', 'editor']);
    expect(JSON.stringify(services.editor)).not.toMatch(/DOCKER_HOST|docker\.sock|\/state\/claude-code|\/home\/vscode/);
    for (const service of [services.agent, services.editor]) {
      expect(service).not.toHaveProperty('network_mode');
      expect(service).not.toHaveProperty('pid');
      expect(service).not.toHaveProperty('ipc');
    }
  });

  it('protects the workspace in both alike', () => {
    const inWorkspace = (service: string) =>
      [...mountsOf(service)].filter(([where]) => /^\S+ \/workspace/.test(where) && !where.startsWith('node-modules'));
    expect(inWorkspace('editor')).toEqual(inWorkspace('agent'));
    expect(inWorkspace('editor').length).toBeGreaterThan(20);
  });

  it('has each side write only what it makes, and its secrets in memory of its own', () => {
    const [agent, editor] = [mountsOf('agent'), mountsOf('editor')];
    expect(agent.get('terminal /run/cofferdam-terminal')).toBe(true);
    expect(editor.get('terminal /run/cofferdam-terminal')).toBe(false);
    expect(agent.get('editor-keys /run/cofferdam-editor')).toBe(false);
    expect(editor.get('editor-keys /run/cofferdam-editor')).toBe(true);
    expect(editor.get('node-modules /workspace/node_modules')).toBe(false);
    expect(agent.has('editor-tmp /tmp')).toBe(false);
    const { services } = compose();
    expect(services.editor.tmpfs).toEqual([
      expect.stringMatching(/^\/run\/cofferdam-key:mode=0700,/),
      // The workspace is mounted whole, with the agents' tokens in it.
      expect.stringMatching(/^\/workspace\/\.devcontainer\/state:ro,/),
    ]);
    expect(services.agent.tmpfs).toEqual([expect.stringMatching(/^\/run\/cofferdam-sshd:mode=0700,/)]);
  });

  it('builds the editor’s image without agents and the agent’s without an ssh client', () => {
    const stages = file('Dockerfile').split(/^FROM /m);
    const stage = (name: string): string => stages.find((text) => text.startsWith(`box AS ${name}`)) ?? '';
    expect(stage('editor')).toContain('openssh-client');
    expect(stage('editor')).not.toMatch(/agents|docker-cli/);
    expect(stage('agent')).toMatch(/rm -f ssh scp /);
    for (const name of ['editor', 'agent']) expect(stage(name)).toMatch(/perm \/6000[\s\S]*USER vscode/);
  });

  it('opens terminals, tasks and the first installation in the agent’s container', () => {
    const parsed = parseJsonc(file('devcontainer.json'));
    expect(parsed.service).toBe('editor');
    expect(parsed.postStartCommand).toEqual(['/usr/local/bin/agent-shell', '-c', '/etc/cofferdam/install']);
    const found = settings();
    expect(found['terminal.integrated.profiles.linux'][found['terminal.integrated.defaultProfile.linux']].path).toBe(
      '/usr/local/bin/agent-shell',
    );
    expect(found['terminal.integrated.automationProfile.linux'].path).toBe('/usr/local/bin/agent-shell');
    // VS Code's own profiles for Linux, and Debian's /etc/shells as VS Code names its lines: null takes each away.
    const offered = [
      'bash',
      'zsh',
      'fish',
      'tmux',
      'pwsh',
      'sh',
      'sh (2)',
      'bash (2)',
      'rbash',
      'rbash (2)',
      'dash',
      'dash (2)',
    ];
    const profiles: Readonly<Record<string, unknown>> = found['terminal.integrated.profiles.linux'];
    expect(offered.filter((name) => profiles[name] !== null)).toEqual([]);
    expect(Object.keys(profiles).filter((name) => profiles[name] !== null)).toEqual(['agent', 'editor’s container']);
  });

  it('hands a session the container’s variables, which sshd does not pass on', () => {
    const set = /^SetEnv (.*)$/m.exec(file('image/sshd_config'))?.[1] ?? '';
    for (const [name, value] of Object.entries(compose().services.agent.environment)) {
      expect(set).toContain(`"${name}=${value}"`);
    }
  });
});

describe.each(['attached', 'split'] as const)('what `ipc` says of an editor’s sockets, topology %s', (topology) => {
  const service = topology === 'split' ? 'editor' : 'agent';
  const variables = (ipc: Policy['ipc']) => compose({ topology, ipc }).services[service].environment;

  it('prevent: none can be made, and the guard looks nevertheless', () => {
    expect(variables('prevent')).toMatchObject({ XDG_RUNTIME_DIR: '/run/cofferdam' });
    expect(settings({ topology, ipc: 'prevent' })).toMatchObject({ 'git.terminalAuthentication': false });
    expect(compose({ topology }).services.guard.command).toContain(
      topology === 'split' ? '/watched/editor-tmp' : '/watched/tmp',
    );
  });

  it('guard: they are made and removed', () => {
    expect(variables('guard')).not.toHaveProperty('XDG_RUNTIME_DIR');
    expect(variables('guard')).toHaveProperty('BASH_ENV');
    expect(settings({ topology, ipc: 'guard' })).not.toHaveProperty('git.terminalAuthentication');
    expect(compose({ topology, ipc: 'guard' }).services.guard.command).toEqual(
      compose({ topology }).services.guard.command,
    );
  });

  it('allow: the editor’s container is left alone, and the agent’s is not if it is another one', () => {
    expect(variables('allow')).not.toHaveProperty('XDG_RUNTIME_DIR');
    expect(variables('allow')).not.toHaveProperty('BASH_ENV');
    expect(parseJsonc(file('devcontainer.json', { topology, ipc: 'allow' }))).not.toHaveProperty('remoteEnv');
    const { services } = compose({ topology, ipc: 'allow' });
    if (topology === 'attached') {
      expect(services).not.toHaveProperty('guard');
      expect(services.agent.depends_on).not.toHaveProperty('guard');
      expect(file('image/security-harden.sh', { topology, ipc: 'allow' })).not.toContain('unset');
      expect(file('image/gitconfig', { topology, ipc: 'allow' })).not.toContain('[credential]');
    } else {
      expect(services.agent.environment).toMatchObject({
        XDG_RUNTIME_DIR: '/run/cofferdam',
        BASH_ENV: expect.any(String),
      });
      expect(services.guard.command).toEqual(['guard', '--watch', '/watched/tmp']);
      expect(file('image/security-harden.sh', { topology, ipc: 'allow' })).toContain('unset VSCODE_IPC_HOOK_CLI');
      expect(file('image/gitconfig', { topology, ipc: 'allow' })).toContain('[credential]');
      expect(file('image/gitconfig-editor', { topology, ipc: 'allow' })).not.toContain('[credential]');
    }
  });
});
