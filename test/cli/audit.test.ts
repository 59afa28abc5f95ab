import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { cofferdam, Scratch, treeHash } from '../support/cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const validate = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync('schema/audit.schema.json', 'utf8')));
const CONFIG = '.devcontainer/devcontainer.json';
const PRIVILEGED = { [CONFIG]: '{\n  "image": "debian:12",\n  "privileged": true\n}\n' };

interface Document {
  readonly findings: readonly { readonly rule: string; readonly file: string; readonly line: number }[];
  readonly notChecked: readonly unknown[];
  readonly summary: { readonly accepted: readonly { readonly id: string }[] };
}

/** The JSON report of a folder, checked against its schema. */
function audited(folder: string, ...args: string[]): { status: number | null; document: Document; rules: string[] } {
  const { status, stdout, stderr } = cofferdam(folder, ['audit', '--format', 'json', ...args]);
  expect(stderr).toBe('');
  const document: Document = JSON.parse(stdout);
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  return { status, document, rules: [...new Set(document.findings.map(({ rule }) => rule))].sort() };
}

describe('audit', () => {
  it.each([
    ['no brace at the end', '{ "image": "debian:12", "privileged": true'],
    ['no comma', '{ "image": "debian:12" "privileged": true }'],
    [
      'a merge conflict',
      '{\n<<<<<<< HEAD\n"privileged": true,\n=======\n"init": true,\n>>>>>>> 0badc0de\n"image": "debian:12"\n}',
    ],
  ])('finds in a file with %s what the devcontainer CLI reads there', (_, text) => {
    const folder = scratch.folder({ [CONFIG]: text });
    const words = ['read-configuration', '--workspace-folder', folder];
    const read = execFileSync('node_modules/.bin/devcontainer', words, { encoding: 'utf8', stdio: 'pipe' });
    const { document, rules } = audited(folder);
    expect(rules.includes('privileged')).toBe(JSON.parse(read).configuration.privileged === true);
    expect(document.notChecked).not.toEqual([]);
  });

  it('starts without the library for policies where there is none to read', () => {
    // Node tells of each module that it loads.
    const { stderr } = cofferdam(scratch.folder(PRIVILEGED), ['audit'], { NODE_DEBUG: 'esm' });
    const loaded = [...new Set(stderr.match(/chunks\/[\w-]+\.js/g))];
    const library = (chunk: string): boolean => readFileSync(join('dist', chunk), 'utf8').includes('$ZodError');
    expect(loaded.length).toBeGreaterThan(5);
    expect(loaded.filter(library)).toEqual([]);
    expect(readdirSync('dist/chunks').filter((name) => library(`chunks/${name}`))).toHaveLength(1);
  });

  it('shows the line, what it gives and the next step, and exits 1', () => {
    const { status, stdout, stderr } = cofferdam(scratch.folder(PRIVILEGED), ['audit']);
    expect(stdout).toContain(`critical [privileged] the dev container is privileged
  --> .devcontainer/devcontainer.json:3:3
 3 |   "privileged": true
   |   ^^^^^^^^^^^^^^^^^^
   = attacks: RUN-01 KRN-03
   = [fixable] the dev container is no longer privileged.
   = help: cofferdam explain privileged
`);
    expect([status, stderr]).toEqual([1, '']);
  });

  it('finds dev containers below a box that is clean, and does not let the box’s policy speak for them', () => {
    const folder = scratch.folder({
      'package.json': '{}',
      'packages/a/.devcontainer/devcontainer.json': '{ "image": "debian:12", "privileged": true }\n',
    });
    execFileSync('git', ['-C', folder, 'init', '--quiet']);
    expect(cofferdam(folder, ['init', '--yes']).status).toBe(0);
    const { status, document } = audited(folder);
    expect(status).toBe(1);
    expect(new Set(document.findings.map(({ file }) => file))).toEqual(
      new Set(['packages/a/.devcontainer/devcontainer.json']),
    );
    expect(document.findings.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['privileged', 'open-egress']));
  });

  it('changes nothing on the disk', () => {
    const folder = scratch.folder(PRIVILEGED);
    const before = treeHash(folder);
    cofferdam(folder, ['audit', '--pedantic']);
    expect(treeHash(folder)).toBe(before);
  });

  it.each([
    ['node, npm', {}, []],
    ['pnpm', { 'package.json': '{ "packageManager": "pnpm@10.0.0" }', 'pnpm-lock.yaml': '' }, ['--agent', 'codex']],
    ['split', {}, ['--topology', 'split']],
    ['forwarded ports', {}, ['--forward', '3000-3003', '--topology', 'split']],
    ['debian without docker', {}, ['--stack', 'debian', '--docker', 'none', '--agent', 'claude-code,codex']],
  ])('is clean on what init generates (%s)', (_, files, args) => {
    const folder = scratch.folder({ 'package.json': '{}', ...files });
    execFileSync('git', ['-C', folder, 'init', '--quiet']);
    expect(cofferdam(folder, ['init', '--yes', ...args]).status).toBe(0);
    const { status, document } = audited(folder);
    expect(document.findings).toEqual([]);
    expect(document.notChecked).toEqual([]);
    // Where no registry answered, init's images have no digest: the policy says so.
    expect(document.summary.accepted.map(({ id }) => id).filter((id) => id !== 'unpinned-image')).toEqual([
      'open-egress',
    ]);
    expect(status).toBe(0);
  });

  it.each([
    ['its own folder is writable', 'read_only: true', 'read_only: false', 'writable-own-config'],
    ['capabilities are kept', 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]', 'missing-cap-drop'],
    ['setuid programs work', 'no-new-privileges:true', 'no-new-privileges:false', 'missing-no-new-privileges'],
    ['processes are not limited', 'pids_limit: 2048', 'pids_limit: -1', 'missing-limits'],
  ])('notices when in the generated files %s, of either container', (_, from, to, rule) => {
    const folder = scratch.folder({ 'package.json': '{}' });
    execFileSync('git', ['-C', folder, 'init', '--quiet']);
    cofferdam(folder, ['init', '--yes', '--topology', 'split']);
    const compose = join(folder, '.devcontainer/docker-compose.yml');
    const text = readFileSync(compose, 'utf8');
    const parts = text.split(/^(?= {2}(?:agent|editor|docker-firewall):$)/m);
    for (const service of ['agent', 'editor']) {
      const changed = parts.map((part) => (part.startsWith(`  ${service}:`) ? part.replaceAll(from, to) : part));
      expect(changed).not.toEqual(parts);
      writeFileSync(compose, changed.join(''));
      expect(audited(folder).rules).toContain(rule);
    }
  });

  it('finds what a hand-made box for agents usually leaves open', () => {
    const { rules } = audited(
      scratch.folder({
        [CONFIG]: JSON.stringify({
          dockerComposeFile: 'docker-compose.yml',
          service: 'app',
          initializeCommand: "bash -c 'echo NAME=x > .devcontainer/.env'",
          remoteEnv: { SSH_AUTH_SOCK: '', BROWSER: '' },
        }),
        '.devcontainer/docker-compose.yml': `services:
  app:
    build: { context: .., dockerfile: .devcontainer/Dockerfile }
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    volumes: ["..:/app:cached"]
    networks: [dev]
    environment: { DOCKER_HOST: "tcp://docker-proxy:2375" }
  docker-proxy:
    image: tecnativa/docker-socket-proxy:latest
    environment: { CONTAINERS: 1, IMAGES: 1, POST: 0 }
    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]
    networks: [dev]
networks:
  dev: { external: true }
`,
        '.devcontainer/Dockerfile': 'FROM debian:bookworm\nRUN useradd -m vscode\nUSER vscode\n',
      }),
    );
    expect(rules).toEqual([
      'docker-proxy-exposed',
      'docker-proxy-wide',
      'host-command',
      'ipc-environment',
      'missing-limits',
      'open-egress',
      'shared-network',
      'unpinned-image',
      'writable-host-files',
      'writable-own-config',
    ]);
  });

  it('exits 3 where nothing was found but something could not be read', () => {
    const { status, document } = audited(scratch.folder({ [CONFIG]: '{ "image": ' }), '--only', 'privileged');
    expect(document.notChecked).not.toEqual([]);
    expect(status).toBe(3);
  });

  it('exits 3 where there is no dev container', () => {
    const { status, stdout } = cofferdam(scratch.folder({ 'README.md': '' }), ['audit']);
    expect(stdout).toContain('no dev container here');
    expect(status).toBe(3);
  });

  it('exits 0 below --fail-on, and shows the findings all the same', () => {
    const folder = scratch.folder(PRIVILEGED);
    expect(audited(folder, '--only', 'missing-limits', '--fail-on', 'high')).toMatchObject({
      status: 0,
      rules: ['missing-limits'],
    });
    expect(audited(folder, '--only', 'privileged', '--fail-on', 'critical').status).toBe(1);
  });

  it('takes --only and --ignore as lists and as repeats', () => {
    const folder = scratch.folder(PRIVILEGED);
    expect(audited(folder, '--only', 'privileged,missing-limits', '--only', 'open-egress').rules).toEqual([
      'missing-limits',
      'open-egress',
      'privileged',
    ]);
    expect(audited(folder, '--ignore', 'privileged').rules).not.toContain('privileged');
  });

  it('shows what the policy accepts as accepted, by rule and by attack', () => {
    const policy = (id: string): string =>
      `version: 1\nstack: debian\nagents: [codex]\naccept: [{ id: ${id}, because: for the test }]\n`;
    for (const id of ['privileged', 'RUN-01']) {
      const { rules, document } = audited(
        scratch.folder({ ...PRIVILEGED, '.devcontainer/cofferdam.yaml': policy(id) }),
      );
      expect(rules).not.toContain('privileged');
      expect(document.summary.accepted).toContainEqual({ id, because: 'for the test', findings: 1 });
    }
  });

  it('stops at a broken policy instead of going on without it', () => {
    const { status, stdout, stderr } = cofferdam(
      scratch.folder({ ...PRIVILEGED, '.devcontainer/cofferdam.yaml': 'accept: [\n' }),
      ['audit'],
    );
    expect(stderr).toContain('error [policy-');
    expect([status, stdout]).toEqual([2, '']);
  });

  it('audits several folders and single files, each under the name that it was given', () => {
    const one = scratch.folder(PRIVILEGED);
    const two = scratch.folder({
      'a/devcontainer.json': '{ "image": "debian:12", "privileged": true }',
      'b/compose.yaml': 'services:\n  x:\n    image: debian:12\n    privileged: true\n',
    });
    expect(audited(one, CONFIG, '--only', 'privileged').document.findings).toMatchObject([{ file: CONFIG, line: 3 }]);
    const { document } = audited(two, 'a', 'b/compose.yaml', '--only', 'privileged');
    expect(document.findings.map(({ file }) => file)).toEqual(['a/devcontainer.json', 'b/compose.yaml']);
  });

  it('does not show files of the host that a link in the repository points at', () => {
    const outside = scratch.folder({ 'secret.json': '{ "image": "of the host", "privileged": true }' });
    const folder = scratch.folder({ '.devcontainer/': '' });
    symlinkSync(join(outside, 'secret.json'), join(folder, CONFIG));
    const { status, stdout } = cofferdam(folder, ['audit']);
    expect(stdout).toContain('a link that leads out of the audited folder');
    expect(stdout).not.toContain('of the host"');
    expect(status).toBe(3);
  });

  it('prints no control character of the files that it reads', () => {
    const { stdout } = cofferdam(
      scratch.folder({
        [CONFIG]: '{ "image": "a\u202e", "runArgs": ["--cap-add=\\u001b]0;x\\u0007SYS_ADMIN\u009b31m"] }',
      }),
      ['audit'],
    );
    expect(stdout).toContain('added-capability');
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it.each([
    [['audit', '--only', 'privilegd'], 'Did you mean privileged?'],
    [['explain', '--risks', 'privileged'], 'takes no ID'],
    [['audit', '--json', '--format', 'text'], 'contradict each other'],
    [['audit', 'nowhere'], 'There is no nowhere'],
    [['audit', '--format', 'xml'], 'Allowed choices are'],
    [['audit', '--fail-on', 'bad'], 'Allowed choices are'],
    [['audit', '--only', ','], '--only names no rule'],
    [['audit', 'Dockerfile'], 'neither a devcontainer.json nor a compose file'],
    [['explain', 'dokcer-socket-mount'], 'Did you mean docker-socket-mount?'],
    [['explain', 'DKR-99'], 'Nothing is called DKR-99'],
  ])('refuses %j with one clear error', (args, says) => {
    const { status, stderr, stdout } = cofferdam(scratch.folder({ Dockerfile: '', 'package.json': '{}' }), args);
    expect(stderr).toContain(says);
    expect(stderr.match(/^error /gm)).toHaveLength(1);
    expect([status, stdout]).toEqual([2, '']);
  });
});

describe('explain', () => {
  it.each([
    ['docker-socket-mount', 'critical'],
    ['DKR-02', 'What remains:'],
    ['dkr-02', 'docker-proxy-wide'],
    ['policy-invalid', 'exit code 2'],
    ['engine-sockets', 'probe of cofferdam verify'],
  ])('tells about %s', (id, says) => {
    const { status, stdout } = cofferdam(scratch.folder(), ['explain', id]);
    expect(stdout).toContain(says);
    expect(status).toBe(0);
  });

  it('lists the rules', () => {
    expect(cofferdam(scratch.folder(), ['explain']).stdout).toMatch(
      /^privileged +critical {2}A container is privileged$/m,
    );
  });

  it('prints what the settings of the policy here leave open', () => {
    const policy =
      'version: 1\nstack: debian\nagents: [codex]\ndocker: none\naccept: [{ id: KRN-01, because: no VM here }]\n';
    const { status, stdout } = cofferdam(scratch.folder({ '.devcontainer/cofferdam.yaml': policy }), [
      'explain',
      '--risks',
    ]);
    expect(stdout).toContain('egress: open:');
    expect(stdout).not.toContain('docker: read');
    expect(stdout).toContain('KRN-01: no VM here');
    expect(status).toBe(0);
  });
});
