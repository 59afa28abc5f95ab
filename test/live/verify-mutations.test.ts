import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { PROBES } from '../../src/probes/index.ts';
import { cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { docker, engineAnswers } from '../support/live.ts';
import { type Compose, MUTATIONS, type Mutation } from '../support/mutations.ts';
import { SPLIT_MUTATIONS } from '../support/mutations-split.ts';
import { LEFT_OUT, SPLIT_ONLY } from '../support/not-here.ts';

interface Report {
  readonly probes: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly evidence: string;
    readonly control: { readonly ran: boolean; readonly detected: boolean };
  }[];
}

/** All probes but those of an attached editor, or these. */
function verify(root: string, only: readonly string[] = []): Report {
  const { stdout, stderr } = cofferdam(root, [
    'verify',
    '--format',
    'json',
    ...(only.length > 0 ? ['--only', only.join(',')] : []),
  ]);
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

/** Every probe that one of these must trip. */
const expected = (mutations: readonly Mutation[], verdicts: readonly ('breached' | 'residual' | 'inconclusive')[]) =>
  [...new Set(mutations.flatMap((mutation) => verdicts.flatMap((verdict) => mutation[verdict] ?? [])))].sort();

/** By topology: its mutations, and the probes that have nothing to attack there. */
const BOXES = [
  ['attached', MUTATIONS, [...LEFT_OUT, ...SPLIT_ONLY, 'open-egress'].sort()],
  ['split', SPLIT_MUTATIONS, [...LEFT_OUT, 'open-egress'].sort()],
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

  /** Changes these things in the running box, and adds to `undo` what puts each back. */
  function apply(taken: readonly Mutation[], undo: (() => void)[]): void {
    const changed: Compose = parse(compose);
    for (const mutation of taken) mutation.compose?.(changed, sample);
    sample.write('.devcontainer/docker-compose.yml', stringify(changed));
    for (const [path, change] of taken.flatMap(({ files }) => Object.entries(files ?? {}))) {
      const file = `.devcontainer/${path}`;
      const text = sample.read(file);
      if (!original.has(file)) original.set(file, text);
      sample.write(file, change(text));
    }
    up(taken);
    const box = docker('inspect', '--format', '{{.Name}}', sample.agent()).replace(/^\//, '');
    for (const { running } of taken) if (running) undo.unshift(running(sample, box));
  }

  function restore(): void {
    sample.write('.devcontainer/docker-compose.yml', compose);
    for (const [file, text] of original) sample.write(file, text);
    original.clear();
  }

  let built = false;

  /** compose makes anew what differs; images are only built where one does, or did. */
  function up(taken: readonly Mutation[]): void {
    const folder = `${sample.root}/.devcontainer`;
    const files = taken.some((mutation) => mutation.files);
    const build = built || files ? ['--build'] : [];
    built = files;
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
    // Those that are left out have other tests. The other two have no control to take away here: the other project's
    // network exists only while verify runs, and the policy leaves egress open. verify.test.ts runs each of them where it
    // must say breached.
    const missing = PROBES.filter(({ id, live }) => live !== true && !noticed.has(id)).map(({ id }) => id);
    expect(missing.sort()).toEqual([...LEFT_OUT, 'foreign-network', 'open-egress'].sort());
  });

  /** What the probes say without these, all of them or a few; exactly the expected ones say something else. */
  function without(taken: readonly Mutation[], only: readonly string[] = []): void {
    const undo: (() => void)[] = [];
    try {
      apply(taken, undo);
      const report = verify(sample.root, only);
      if (only.length > 0) expect(report.probes.map(({ id }) => id).sort()).toEqual(only);
      const chosen = (id: string): boolean => only.length === 0 || only.includes(id);
      const inconclusive = expected(taken, ['inconclusive']);
      const breached = expected(taken, ['breached']);
      // For programs, what a setting leaves open is not applicable.
      const left = [...notApplicable.filter(chosen), ...expected(taken, ['residual'])].sort();
      expect(ids(report, 'not-applicable'), said(report, 'not-applicable', left)).toEqual(left);
      expect(ids(report, 'breached'), said(report, 'breached', breached)).toEqual(breached);
      expect(ids(report, 'inconclusive'), said(report, 'inconclusive', inconclusive)).toEqual(inconclusive);
    } finally {
      for (const back of undo) back();
      restore();
    }
  }

  /** All that are taken away together with this one. */
  const groupOf = ({ group }: Mutation): readonly Mutation[] =>
    group === undefined ? [] : mutations.filter((mutation) => mutation.group === group);

  // A whole run keeps two processors busy for a quarter of a minute. So of a group each meets all probes that one of the
  // group must trip, and the other probes meet them all at once: there, too, exactly the expected ones say breached.
  it.each(mutations.map((mutation) => [mutation.control, mutation] as const))(
    'without %s, exactly its probes say breached',
    (_, mutation) => without([mutation], expected(groupOf(mutation), ['breached', 'residual', 'inconclusive'])),
  );

  it.each([...new Set(mutations.flatMap(({ group }) => group ?? []))])(
    'without all of the group %s, exactly their probes say breached',
    (group) => without(mutations.filter((mutation) => mutation.group === group)),
  );
});
