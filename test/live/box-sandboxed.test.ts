import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { docker, engineAnswers } from '../support/live.ts';
import { LEFT_OUT, SPLIT_ONLY } from '../support/not-here.ts';

const IMAGE = 'debian:bookworm-slim';

describe.skipIf(!engineAnswers())('a box with docker: sandboxed', () => {
  let sample: Sample;

  beforeAll(() => {
    sample = sampleRepository();
    const run = (...args: string[]): void => {
      const result = cofferdam(sample.root, args);
      if (result.code !== 0) throw new Error(result.stderr);
    };
    run('init', '--yes', '--docker', 'sandboxed');
    const policy = sample.read('.devcontainer/cofferdam.yaml');
    sample.write('.devcontainer/cofferdam.yaml', policy.replace('images: []', `images: ["${IMAGE}"]`));
    run('sync');
    run('up');
  });
  afterAll(() => sample?.remove());

  const inside = (...args: string[]): { code: number | null; text: string } => {
    const { code, stdout, stderr } = cofferdam(sample.root, ['exec', '--', 'docker', ...args]);
    return { code, text: stdout + stderr };
  };

  it('holds against every attack, as a box that only reads', () => {
    const { probes } = JSON.parse(cofferdam(sample.root, ['verify', '--format', 'json']).stdout);
    const unlike = probes.filter(({ verdict }: { verdict: string }) => verdict !== 'held');
    const notHere = [...LEFT_OUT, ...SPLIT_ONLY, 'open-egress'].map((id) => `${id}: not-applicable`);
    expect(unlike.map(({ id, verdict }: { id: string; verdict: string }) => `${id}: ${verdict}`).sort()).toEqual(
      notHere.sort(),
    );
  });

  it('lets the agent run containers of the images that the policy names, and reach them', () => {
    expect(inside('run', '--rm', IMAGE, 'echo', 'from inside')).toMatchObject({ code: 0, text: 'from inside\n' });
    expect(inside('run', '-d', '--name', 'db', '-p', '5432', '-v', 'data:/data', IMAGE, 'sleep', '300').code).toBe(0);
    expect(cofferdam(sample.root, ['exec', '--', 'getent', 'hosts', 'db']).code).toBe(0);
    const [network] = Object.values(
      JSON.parse(docker('inspect', '--format', '{{json .NetworkSettings.Networks}}', sample.agent())),
    ).filter(
      (one): one is { Gateway: string } =>
        typeof one === 'object' && one !== null && 'Gateway' in one && one.Gateway !== '',
    );
    expect(inside('port', 'db').text).toMatch(
      new RegExp(`^5432/tcp -> ${network?.Gateway.replaceAll('.', '\\.')}:\\d+\n$`),
    );
  });

  it.each([
    ['the host’s files', ['run', '--rm', '-v', '/:/host', IMAGE, 'true'], /Binds\[0\] is not open here/],
    ['privileges', ['run', '--rm', '--privileged', IMAGE, 'true'], /Privileged is not open here/],
    ['the host’s processes', ['run', '--rm', '--pid', 'host', IMAGE, 'true'], /PidMode is not open here/],
    ['another image', ['create', 'node:22-bookworm-slim', 'true'], /is none of debian:bookworm-slim/],
  ])('does not let it have %s', (_, args, said) => {
    const { code, text } = inside(...args);
    expect(code).not.toBe(0);
    expect(text).toMatch(said);
  });

  it('takes what the agent made down with it', () => {
    const label = `label=dev.cofferdam.sandbox=${sample.project()}`;
    expect(docker('ps', '--all', '--quiet', '--filter', label)).not.toBe('');
    expect(cofferdam(sample.root, ['down', '--all'])).toMatchObject({ code: 0 });
    expect(docker('ps', '--all', '--quiet', '--filter', label)).toBe('');
    expect(docker('volume', 'ls', '--quiet', '--filter', label)).toBe('');
  });
});
