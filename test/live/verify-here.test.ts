import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { docker, engineAnswers, unique } from '../support/live.ts';

interface Report {
  readonly probes: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly evidence: string;
    readonly control: { readonly detected: boolean };
  }[];
}

const of = (report: Report, verdict: string): readonly string[] =>
  report.probes.filter((probe) => probe.verdict === verdict).map(({ id, evidence }) => `${id}: ${evidence}`);

/** Runs the built program in a container, as its user, and says what names it left where programs leave things. */
function verifyIn(container: string, folder: string): { status: number | null; report: Report; left: string } {
  const names = (): string =>
    docker('exec', container, 'sh', '-c', 'ls -A /tmp /var/tmp /dev/shm "$HOME" "$0" "$0"/.git', folder);
  docker('exec', '--user', '0', container, 'mkdir', '-p', '/opt/cofferdam');
  docker('cp', 'dist', `${container}:/opt/cofferdam/dist`);
  docker('cp', 'package.json', `${container}:/opt/cofferdam/package.json`);
  const before = names();
  const argv = ['bash', '-lc', 'node /opt/cofferdam/dist/cli.js verify --here --json'];
  const { status, stdout, stderr } = spawnSync('docker', ['exec', '--workdir', folder, container, ...argv], {
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  const after = names();
  return { status, report: JSON.parse(stdout), left: after === before ? '' : after };
}

describe.skipIf(!engineAnswers())('verify --here', () => {
  let sample: Sample;
  const weak = unique('cofferdam-test-weak');

  beforeAll(() => {
    sample = sampleRepository();
    for (const args of [['init', '--yes'], ['up']]) {
      const { code, stderr } = cofferdam(sample.root, args);
      if (code !== 0) throw new Error(stderr);
    }
    const image = docker('inspect', '--format', '{{.Config.Image}}', sample.agent());
    const labels = ['dev.cofferdam.project=', 'dev.cofferdam.role='].flatMap((label) => ['--label', label]);
    // The box's image with nothing around it: no mounts, no limits, default capabilities, root.
    docker('run', '--detach', '--name', weak, '--user', '0', ...labels, '--entrypoint', 'sleep', image, '600');
    docker('exec', weak, 'mkdir', '-p', '/work/.git/hooks', '/work/.devcontainer');
  });
  afterAll(() => {
    spawnSync('docker', ['rm', '--force', weak]);
    sample?.remove();
  });

  it('finds no breach in the box, concludes most of what needs no engine, and leaves nothing', () => {
    const { status, report, left } = verifyIn(sample.agent(), '/workspace');
    expect(of(report, 'breached')).toEqual([]);
    const untried = 'not tried from inside: run `cofferdam verify` on the host';
    expect(of(report, 'inconclusive').filter((line) => !line.endsWith(`: ${untried}`))).toEqual([]);
    expect(of(report, 'held').length).toBeGreaterThanOrEqual(40);
    expect(report.probes.filter(({ verdict, control }) => verdict === 'held' && !control.detected)).toEqual([]);
    expect(left).toBe('');
    // Something was not tried, and that is no success.
    expect(status).toBe(3);
  });

  it('says what is open in a container without controls, and leaves nothing there either', () => {
    const { status, report, left } = verifyIn(weak, '/work');
    const ids = report.probes.filter(({ verdict }) => verdict === 'breached').map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining([
        'capabilities',
        'cpu-limit',
        'git-hooks',
        'git-swap',
        'guard-removes',
        'hardening-files',
        'memory-limit',
        'no-new-privileges',
        'non-root',
        'pids-limit',
        'policy-file',
      ]),
    );
    expect(left).toBe('');
    expect(status).toBe(1);
  });

  it('notices inside, too, that the host has lifted a mount', () => {
    sample.git('config', 'canary.key', 'value');
    const { report } = verifyIn(sample.agent(), '/workspace');
    const breached = report.probes.filter(({ verdict }) => verdict === 'breached').map(({ id }) => id);
    expect(breached.sort()).toEqual(['git-config', 'protected-mounts']);
    expect(sample.git('config', '--get', 'canary.key')).toBe('value');
  });
});
