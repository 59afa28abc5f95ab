import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { auditTo } from '../../src/sidecars/audit.ts';
import { openAuditFile } from '../../src/sidecars/audit-file.ts';
import { cofferdam, Scratch } from '../support/cli.ts';
import { exchange } from '../support/raw.ts';
import { SIDECAR, type Sidecar, startSidecar } from '../support/sidecar.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** What a firewall that runs alone has written after a while: three files. */
function written(): string {
  const folder = scratch.folder();
  const file = openAuditFile(join(folder, 'audit.log'), { maxBytes: 4_000, files: 3 });
  const audit = auditTo('docker-firewall', file.add, file.previous);
  audit('started', { scope: 'project=shop' });
  for (let index = 0; index < 30; index++) {
    audit('refused', {
      method: 'GET',
      route: '/containers/{id}/json',
      endpoint: 'ContainerInspect',
      target: `other-${index}`,
      code: 'not-in-scope',
      status: 404,
      ms: 0.125,
    });
    file.write();
  }
  file.close();
  return folder;
}
const log = (folder: string, ...more: string[]) => cofferdam(folder, ['log', '--file', 'audit.log', ...more]);

describe('log --file', () => {
  it('prints all that is kept, oldest first, and finds the chain whole, without an engine', () => {
    const folder = written();
    const { status, stdout, stderr } = cofferdam(folder, ['log', '--file', 'audit.log'], {
      DOCKER_HOST: 'unix:///nowhere.sock',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(31);
    expect(lines.map((line) => line.slice(15)).slice(0, 2)).toEqual([
      'firewall started  scope=project=shop',
      'firewall refused  (not-in-scope) GET /containers/other-0/json',
    ]);
    expect(lines.at(-1)).toContain('/containers/other-29/json');
    expect(lines.every((line) => line.length <= 80)).toBe(true);
  });

  it('gives the lines themselves to programs', () => {
    const { status, stdout } = log(written(), '--json');
    expect(status).toBe(0);
    const entries = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries[30]).toMatchObject({ event: 'refused', detail: { target: 'other-29', ms: 0.125 } });
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    [
      'a line was changed',
      (folder) => {
        const file = join(folder, 'audit.log.1');
        writeFileSync(file, readFileSync(file, 'utf8').replace(/other-(\d+)/, 'mine-$1'));
      },
      /^broken audit\.log\.1:2: a line before this one was changed or removed$/,
    ],
    [
      'the last line of a file was taken out',
      (folder) => {
        const file = join(folder, 'audit.log.1');
        writeFileSync(file, readFileSync(file, 'utf8').replace(/[^\n]+\n$/, ''));
      },
      /^broken audit\.log:1: a line before this one was changed or removed$/,
    ],
    ['a file is missing', (folder) => unlinkSync(join(folder, 'audit.log.1')), /^broken audit\.log:1: a line before/],
    [
      'the last line is torn',
      (folder) => truncateSync(join(folder, 'audit.log'), statSync(join(folder, 'audit.log')).size - 9),
      /^broken audit\.log:\d+: a torn line: its end is missing$/,
    ],
    [
      'only the line’s end is missing',
      (folder) => truncateSync(join(folder, 'audit.log'), statSync(join(folder, 'audit.log')).size - 1),
      /^broken audit\.log:\d+: a torn line: its end is missing$/,
    ],
  ])('exits 1 when %s', (_, spoil, said) => {
    const folder = written();
    spoil(folder);
    const { status, stderr } = log(folder);
    expect(status).toBe(1);
    expect(stderr.trim()).toMatch(said);
  });

  it('says that earlier lines are no longer kept, which is no fault', () => {
    const folder = written();
    unlinkSync(join(folder, 'audit.log.2'));
    expect(log(folder)).toMatchObject({
      status: 0,
      stderr: 'audit.log.1:1: earlier lines are no longer kept; the check starts here\n',
    });
  });

  it('exits 3 where there is nothing to check', () => {
    const folder = scratch.folder({ 'empty.log': '' });
    expect(log(folder)).toMatchObject({ status: 3, stderr: expect.stringContaining('[file-unreadable]') });
    expect(log(join(folder, 'nowhere', '..'))).toMatchObject({ status: 3 });
    expect(cofferdam(folder, ['log', '--file', 'empty.log'])).toMatchObject({
      status: 3,
      stderr: 'empty.log has no line, so nothing was checked\n',
    });
    expect(cofferdam(folder, ['log', '--file', '.'])).toMatchObject({ status: 3 });
  });

  it('does not follow', () => {
    expect(log(written(), '--follow')).toMatchObject({ status: 2, stderr: expect.stringContaining('tail -F') });
  });
});

describe('a firewall that writes its log into a file', () => {
  const folder = scratch.folder();
  const file = join(folder, 'audit.log');
  const begin = (path: string, ...more: string[]): Promise<Sidecar> => {
    const listen = ['--listen', 'tcp://127.0.0.1:0', '--upstream', 'unix:///nowhere.sock'];
    const rules = ['--scope', 'project=shop', '--level', 'read'];
    return startSidecar('docker-proxy', ...listen, ...rules, '--audit-log', path, ...more);
  };
  const placeOf = (sidecar: Sidecar): string =>
    /"listen":"(tcp:[^"]+)"/.exec(sidecar.lines().findLast((line) => line.includes('"listen"')) ?? '')?.[1] ?? '';
  const ask = (address: string, line: string, end: RegExp): Promise<string> =>
    exchange(address, `${line} HTTP/1.1\r\nHost: docker\r\n\r\n`, end);
  const text = (): string => readFileSync(file, 'utf8');

  it('goes on in the same chain after it was killed', async () => {
    const first = await begin(file);
    await ask(placeOf(first), 'POST /containers/create', /\}/);
    await vi.waitFor(() => expect(text()).toContain('"/containers/create"'));
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');
    const second = await begin(file);
    await ask(placeOf(second), 'DELETE /containers/db', /\}/);
    await second.stop();
    expect(log(folder)).toMatchObject({ status: 0, stderr: '' });
    const events = text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event);
    expect(events).toEqual(['started', 'refused', 'started', 'refused', 'stopped']);
  });

  it('has the line that came just before it crashed', async () => {
    const crash = join(folder, 'crash.cjs');
    const crashed = join(folder, 'crashed.log');
    writeFileSync(crash, "process.on('SIGUSR2', () => { throw new Error('crashed'); });\n");
    const listen = join(folder, 'crash.sock');
    const flags = ['--listen', `unix://${listen}`, '--upstream', 'unix:///nowhere.sock', '--scope', 'all'];
    const child = spawn(
      process.execPath,
      ['--require', crash, SIDECAR, 'docker-proxy', ...flags, '--level', 'read', '--audit-log', crashed],
      { stdio: ['ignore', 'pipe', 'ignore'], env: {} },
    );
    await once(child.stdout, 'data');
    const client = connect(listen, () => client.write('DELETE /containers/db HTTP/1.1\r\nHost: docker\r\n\r\n'));
    await once(client, 'data');
    child.kill('SIGUSR2'); // before the batch is due
    expect((await once(child, 'exit'))[0]).not.toBe(0);
    client.destroy();
    expect(readFileSync(crashed, 'utf8').trimEnd().split('\n').at(-1)).toContain('"target":"db"');
  });

  it('does not start with a log that it can’t write', async () => {
    await expect(begin('/proc/audit.log')).rejects.toThrow(/\[settings-invalid\] cannot write the audit log/);
  });

  it('serves metrics only where it is told to', async () => {
    const sidecar = await begin(file, '--metrics', 'tcp://127.0.0.1:0');
    const firewall = /"listen":"(tcp:[^"]+)"/.exec(sidecar.lines()[0] ?? '')?.[1] ?? '';
    await vi.waitFor(() => expect(placeOf(sidecar)).not.toBe(firewall));
    await ask(firewall, 'GET /containers/db/export', /\}/);
    const metrics = await ask(placeOf(sidecar), 'GET /metrics', /process_resident/);
    expect(metrics).toContain('\ncofferdam_firewall_decisions_total{verdict="refused",rule="files"} 1\n');
    expect(await ask(firewall, 'GET /metrics', /\}/)).toMatch(/^HTTP\/1\.1 403 /);
    await sidecar.stop();
  });
});
