import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cofferdam, type Sample } from '../support/box.ts';
import { engineAnswers, unique } from '../support/live.ts';
import { providePostgres } from '../support/postgres.ts';
import { sharingRepository, stateFolder } from '../support/services.ts';

describe.skipIf(!engineAnswers())('a Postgres that does not start', () => {
  let sample: Sample;
  beforeAll(() => {
    vi.stubEnv('XDG_STATE_HOME', stateFolder());
    providePostgres();
    sample = sharingRepository(unique('svc-none'));
  });
  afterAll(() => {
    cofferdam(sample.root, ['services', 'down', '--data', '--yes']);
    sample.remove();
    rmSync(process.env['XDG_STATE_HOME'] ?? '', { recursive: true });
    vi.unstubAllEnvs();
  });

  it('belongs to a box in which the audit finds nothing, before and after it was asked for', () => {
    const audit = (): { findings: unknown[]; notChecked: unknown[] } =>
      JSON.parse(cofferdam(sample.root, ['audit', '--format', 'json']).stdout);
    expect(audit()).toMatchObject({ findings: [], notChecked: [] });
    // The acceptance is for the folder's own network alone.
    const compose = sample.read('.devcontainer/docker-compose.yml');
    const other = compose.replace('networks: [default, services]', 'networks: [default, others]');
    sample.write('.devcontainer/docker-compose.yml', other.replace(/^ {2}services: \{ ext/m, '  others: { ext'));
    expect(audit().findings).toMatchObject([{ rule: 'shared-network' }]);
    sample.write('.devcontainer/docker-compose.yml', compose);
  });

  it('is told with the last line of its log and what to do next', () => {
    sample.write(
      '.devcontainer/docker-compose.shared.override.yml',
      'services: { postgres: { command: [postgres, -c, shared_buffers=much] } }\n',
    );
    const { code, stderr } = cofferdam(sample.root, ['up']);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /\[services-failed\] The shared Postgres does not get healthy; its log ends with: .*shared_buffers/,
    );
    expect(stderr).toMatch(/next: +docker logs svc-none-[0-9a-f]{8}-[0-9a-f]{10}-shared-postgres-1/);
  });

  it('is told when its image is not here and cannot be had', () => {
    sample.write(
      '.devcontainer/docker-compose.shared.override.yml',
      'services: { postgres: { image: "postgres:99" } }\n',
    );
    const { code, stderr } = cofferdam(sample.root, ['services', 'up']);
    expect(code).toBe(3);
    expect(stderr).toContain('The image postgres:99 is not on this machine and cannot be pulled');
    expect(stderr).toContain('next: docker pull postgres:99');
  });

  it('is told when the file of one’s own makes no sense, by its name', () => {
    sample.write('.devcontainer/docker-compose.shared.override.yml', 'services: [}\n');
    const { code, stderr } = cofferdam(sample.root, ['services', 'up']);
    expect(code).toBe(3);
    expect(stderr).toContain('docker-compose.shared.override.yml');
  });

  it('is nothing that a folder without the key knows', () => {
    sample.write('.devcontainer/docker-compose.shared.override.yml', '');
    const policy = sample.read('.devcontainer/cofferdam.yaml');
    sample.write('.devcontainer/cofferdam.yaml', policy.replace(/^shared:\n( .*\n)*/m, ''));
    expect(cofferdam(sample.root, ['services', 'status'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('services-absent'),
    });
    sample.write('.devcontainer/cofferdam.yaml', policy);
  });
});
