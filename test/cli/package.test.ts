import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

const PACKED = z.array(
  z.object({
    filename: z.string(),
    size: z.number(),
    files: z.array(z.object({ path: z.string(), mode: z.number() })),
  }),
);
/** Bytes of the tarball. A jump means that something large was bundled by mistake. */
const SIZE_LIMIT = 1_000_000;

const folder = mkdtempSync(join(tmpdir(), 'package-'));
const consumer = join(folder, 'consumer');
let packed: z.infer<typeof PACKED>[number];

const npx = (...args: string[]) =>
  spawnSync('npx', ['--no-install', 'cofferdam', ...args], { cwd: consumer, encoding: 'utf8' });

beforeAll(() => {
  const json = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [only] = PACKED.parse(JSON.parse(json));
  if (!only) throw new Error('npm pack made nothing');
  packed = only;
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "version": "1.0.0", "private": true }\n');
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--save-dev'];
  execFileSync('npm', ['install', ...options, join(folder, packed.filename)], { cwd: consumer, stdio: 'pipe' });
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('holds what users need and nothing of the workshop', () => {
    const paths = packed.files.map(({ path }) => path);
    for (const wanted of [
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'SECURITY.md',
      'dist/cli.js',
      'dist/sidecar.cjs',
      'dist/index.js',
      'dist/types/index.d.ts',
      'dist/third-party-licences.txt',
      'schema/policy.schema.json',
      'schema/audit.schema.json',
      'schema/baseline.schema.json',
      'docs/guide/audit.md',
      'docs/rules/privileged.md',
      'docs/guide/cli.md',
      'docs/guide/docker-proxy/Dockerfile',
      'docs/guide/docker-proxy/compose.yaml',
      'docs/guide/docker-proxy/cofferdam-docker-proxy.service',
    ]) {
      expect(paths).toContain(wanted);
    }
    const allowed = /^(?:dist|docs|schema)\/|^(?:package\.json|LICENSE|(?:README|CHANGELOG|SECURITY)\.md)$/;
    expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
    expect(paths.filter((path) => /\.(?:test|map|tmpl)\b|(?<!\.d)\.ts$/.test(path))).toEqual([]);
  });

  it('is small', () => {
    expect(packed.size).toBeLessThan(SIZE_LIMIT);
  });

  it('brings one dependency along, the devcontainer CLI', () => {
    const modules = readdirSync(join(consumer, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(modules.sort()).toEqual(['@devcontainers', 'cofferdam']);
  });

  it('declares types that need no other package', () => {
    const types = packed.files.map(({ path }) => path).filter((path) => path.endsWith('.d.ts'));
    const bare = types.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/from '([^.'][^']*)'/g)].map(([, name]) => `${path}: ${name}`),
    );
    expect(bare).toEqual([]);
  });

  it('is a library: what a consumer imports works and has types', () => {
    writeFileSync(
      join(consumer, 'use.mts'),
      `import { audit, boxFiles, parsePolicy, positionAt, ToolError, verify } from 'cofferdam';
import type { AuditReport, BoxFile, Policy, Reported, Silenced, Verification } from 'cofferdam';

const policy: Policy = (await parsePolicy('version: 1\\nstack: debian\\nagents: [codex]\\n')).policy;
const files: readonly BoxFile[] = await boxFiles(policy, { git: 'none' });
const report: AuditReport = await audit('audited', { only: ['privileged'] });
const [finding] = report.findings;
if (!finding) throw new Error('nothing found');
const printed: string = (finding satisfies Reported).fingerprint;
const silenced: readonly Silenced[] = (await audit('audited', { strict: false })).silenced;
if (printed.length !== 32 || silenced.length !== 0) throw new Error(printed);
const { line } = positionAt(report.texts.get(finding.at.file) ?? '', finding.at.start);
const code: string = await verify('audited').then(
  ({ summary }: Verification) => \`held \${summary.probes.held}\`,
  (error: unknown) => (error instanceof ToolError ? error.code : String(error)),
);
// @ts-expect-error: a severity is one of four words
const wrong: boolean = finding.severity === 'terrible';
console.log(JSON.stringify([files.some(({ path }) => path.endsWith('devcontainer.json')), finding.rule, line, code, wrong]));
`,
    );
    mkdirSync(join(consumer, 'audited/.devcontainer'), { recursive: true });
    writeFileSync(
      join(consumer, 'audited/.devcontainer/devcontainer.json'),
      '{\n  "image": "a",\n  "privileged": true\n}\n',
    );
    const strict = ['--strict', '--target', 'es2023', '--module', 'nodenext', '--types', ''];
    const tsc = spawnSync(resolve('node_modules/.bin/tsc'), [...strict, 'use.mts'], {
      cwd: consumer,
      encoding: 'utf8',
    });
    expect(tsc.stdout).toBe('');
    const { stdout, stderr } = spawnSync(process.execPath, ['use.mjs'], { cwd: consumer, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([true, 'privileged', 3, 'policy-missing', false]);
  });

  it('runs where it was installed from the tarball', () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')));
    const { status, stdout } = npx('--version');
    expect(stdout.trim()).toBe(version);
    expect(status).toBe(0);
  });

  it('audits there as JSON that fits the schema which came with it', () => {
    const file = join(consumer, 'node_modules/cofferdam/schema/audit.schema.json');
    const validate = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync(file, 'utf8')));
    mkdirSync(join(folder, 'other/.devcontainer'), { recursive: true });
    writeFileSync(join(folder, 'other/.devcontainer/devcontainer.json'), '{ "image": "a", "privileged": true }');
    const { status, stdout } = npx('audit', '../other', '--format', 'json');
    expect(validate(JSON.parse(stdout)), JSON.stringify(validate.errors)).toBe(true);
    expect(status).toBe(1);
  });

  it('plans a dev container there without writing anything', () => {
    const before = readdirSync(consumer).sort();
    const { status, stdout, stderr } = npx('init', '--yes', '--dry-run');
    expect(stderr).not.toContain('error');
    expect(stdout).toContain('.devcontainer/docker-compose.yml');
    expect(status).toBe(0);
    expect(readdirSync(consumer).sort()).toEqual(before);
  });
});
