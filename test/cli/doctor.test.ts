import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { engineAnswers } from '../support/live.ts';

const CLI = resolve('dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
const doctor = (env: Record<string, string>, ...args: string[]) =>
  spawnSync(process.execPath, [CLI, 'doctor', ...args], { encoding: 'utf8', env: { ...process.env, ...env } });

afterAll(() => rmSync(folder, { recursive: true }));

describe('doctor', () => {
  it('exits 4 and says what to install where docker is missing', () => {
    const { status, stdout } = doctor({ PATH: folder });
    expect(stdout).toMatch(/^missing +docker +the docker program is not installed\n +next: Install Docker/m);
    expect(status).toBe(4);
  });

  it.skipIf(process.platform !== 'linux')('reads the settings of the user’s editor and gives the line to add', () => {
    mkdirSync(join(folder, 'Code', 'User'), { recursive: true });
    writeFileSync(join(folder, 'Code', 'User', 'settings.json'), '{ "dev.containers.copyGitConfig": false }');
    const { stdout } = doctor({ PATH: folder, XDG_CONFIG_HOME: folder });
    expect(stdout).toMatch(/^warn +editor Code .*registry credentials/m);
    expect(stdout).toContain('"dev.containers.dockerCredentialHelper": false');
  });
});

describe('doctor --json', () => {
  it('prints what its schema says, whatever the machine lacks', () => {
    const schema = JSON.parse(readFileSync('schema/doctor.schema.json', 'utf8'));
    const valid = new Ajv2020({ formats: { uri: URL.canParse } }).compile(schema);
    for (const path of [folder, process.env['PATH'] ?? '']) {
      expect(
        valid(JSON.parse(doctor({ PATH: path, XDG_CONFIG_HOME: folder }, '--json').stdout)),
        `${valid.errors}`,
      ).toBe(true);
    }
  });
});

describe.skipIf(!engineAnswers())('doctor with an engine', () => {
  it('finds everything here and exits 0', () => {
    const { status, stdout } = doctor({ XDG_CONFIG_HOME: folder }, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, summary: { missing: 0, bad: 0, unreachable: 0 } });
    expect(status).toBe(0);
  });

  it('exits 3 where nobody answers', () => {
    const { status, stdout } = doctor({ DOCKER_HOST: `unix://${folder}/nobody.sock` });
    expect(stdout).toMatch(/^unreachable +engine/m);
    expect(status).toBe(3);
  });
});
