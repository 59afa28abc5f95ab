import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { PROBES } from '../../src/probes/index.ts';
import { cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { docker, engineAnswers } from '../support/live.ts';
import { type Compose, MUTATIONS, type Mutation } from '../support/mutations.ts';
import { SPLIT_MUTATIONS } from '../support/mutations-split.ts';

interface Report {
  readonly probes: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly evidence: string;
    readonly control: { readonly ran: boolean; readonly detected: boolean };
  }[];
}

function verify(root: string): Report {
  const { stdout, stderr } = cofferdam(root, ['verify', '--format', 'json']);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

const ids = (report: Report, verdict: string): string[] =>
  report.probes
    .filter((probe) => probe.verdict === verdict)
    .map(({ id }) => id)
    .sort();

/** The evidence of those that say something else than expected, for the failure message. */
const said = (report: Report, verdict: string, but: readonly string[]): string =>
  report.probes
    .filter((probe) => probe.verdict === verdict && !but.includes(probe.id))
    .map(({ id, evidence }) => `${id}: ${evidence}`)
    .join('\n');

/** By topology: its mutations, and the probes that have nothing to attack there. */
const BOXES = [
  ['attached', MUTATIONS, ['editor-forwarding', 'editor-key', 'editor-separate', 'editor-tcp', 'open-egress']],
  ['split', SPLIT_MUTATIONS, ['open-egress']],
] as const;

describe.skipIf(!engineAnswers()).each(BOXES)('verify, topology %s', (topology, mutations, notApplicable) => {
  let sample: Sample;
  let compose = '';
  const original = new Map<string, string>();

  beforeAll(() => {
    sample = sampleRepository();
    const init = cofferdam(sample.root, ['init', '--yes', '--topology', topology]);
    if (init.code !== 0) throw new Error(init.stderr);
    const up = cofferdam(sample.root, ['up']);
    if (up.code !== 0) throw new Error(up.stderr);
    compose = sample.read('.devcontainer/docker-compose.yml');
  });
  afterAll(() => sample?.remove());

  /** The running box with one thing changed; gives what undoes the change. */
  function apply(mutation: Mutation): () => void {
    const changed: Compose = parse(compose);
    mutation.compose?.(changed, sample);
    sample.write('.devcontainer/docker-compose.yml', stringify(changed));
    for (const [path, change] of Object.entries(mutation.files ?? {})) {
      const file = `.devcontainer/${path}`;
      const text = original.get(file) ?? sample.read(file);
      original.set(file, text);
      sample.write(file, change(text));
    }
    up(mutation);
    const box = docker('inspect', '--format', '{{.Name}}', sample.agent()).replace(/^\//, '');
    return mutation.running?.(sample, box) ?? (() => {});
  }

  function restore(): void {
    sample.write('.devcontainer/docker-compose.yml', compose);
    for (const [file, text] of original) sample.write(file, text);
    original.clear();
  }

  let built = false;

  /** compose makes anew what differs; images are only built where one does, or did. */
  function up(mutation: Mutation): void {
    const folder = `${sample.root}/.devcontainer`;
    const build = built || mutation.files ? ['--build'] : [];
    built = mutation.files !== undefined;
    const args = ['compose', 'up', '--detach', '--wait', '--remove-orphans', ...build];
    const { status, stderr } = spawnSync('docker', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  it('holds on the whole box, each probe with a control that fired', () => {
    const report = verify(sample.root);
    expect(said(report, 'breached', [])).toBe('');
    expect(said(report, 'inconclusive', [])).toBe('');
    expect(ids(report, 'not-applicable')).toEqual(notApplicable);
    expect(report.probes.filter(({ control, verdict }) => verdict === 'held' && !control.detected)).toEqual([]);
    expect(report.probes).toHaveLength(PROBES.filter(({ live }) => live !== true).length);
  });

  it('has a mutation for every probe', () => {
    const noticed = new Set(
      [...MUTATIONS, ...SPLIT_MUTATIONS].flatMap(({ breached, residual = [] }) => [...breached, ...residual]),
    );
    // These two have no control to take away here: the other project's network exists only while verify runs, and the
    // policy leaves egress open. verify.test.ts runs each of them where it must say breached.
    const missing = PROBES.filter(({ id, live }) => live !== true && !noticed.has(id)).map(({ id }) => id);
    expect(missing).toEqual(['foreign-network', 'open-egress']);
  });

  it.each(mutations.map((mutation) => [mutation.control, mutation] as const))(
    'without %s, exactly its probes say breached',
    (_, mutation) => {
      let undo = (): void => {};
      try {
        undo = apply(mutation);
        const report = verify(sample.root);
        const inconclusive = mutation.inconclusive ?? [];
        // For programs, what a setting leaves open is not applicable.
        const left = [...notApplicable, ...(mutation.residual ?? [])].sort();
        expect(ids(report, 'not-applicable'), said(report, 'not-applicable', left)).toEqual(left);
        expect(ids(report, 'breached'), said(report, 'breached', mutation.breached)).toEqual(
          [...mutation.breached].sort(),
        );
        expect(ids(report, 'inconclusive'), said(report, 'inconclusive', inconclusive)).toEqual(
          [...inconclusive].sort(),
        );
      } finally {
        undo();
        restore();
      }
    },
  );
});
