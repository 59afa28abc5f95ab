import { describe, expect, it } from 'vitest';
import { DEFAULTS, residualRisks } from '../../src/policy/residual.ts';

type Settings = Parameters<typeof residualRisks>[0];
const left = (settings: Partial<Settings>) => residualRisks({ ...DEFAULTS, ...settings });
const of = (setting: string, settings: Partial<Settings>) => left(settings).find((risk) => risk.setting === setting);

describe('what a policy leaves open', () => {
  it('says that prevention does not reach what an extension of the desktop puts into /tmp beside the agent', () => {
    expect(of('ipc: prevent', {})).toMatchObject({
      because: expect.stringContaining('/tmp'),
      attacks: ['CRD-01', 'VSC-05', 'VSC-06'],
    });
    expect(of('ipc: prevent', { topology: 'split' })).toBeUndefined();
    expect(of('ipc: prevent', { ipc: 'guard' })).toBeUndefined();
  });

  it('names other branches where worktrees share the repository, and only there', () => {
    expect(of('worktrees.isolation: shared', { worktrees: { isolation: 'shared' } })?.attacks).toEqual(['TAM-12']);
    expect(of('worktrees.isolation: shared', {})).toBeUndefined();
  });

  it('names what a split box’s editor runs beside its server', () => {
    const because = of('topology: split', { topology: 'split' })?.because;
    for (const known of ['`process`', 'options.shell.executable', '`exec` lines']) expect(because).toContain(known);
  });

  it.each(['attached', 'split'] as const)(
    'names the clipboard of who looks at the terminal, topology %s',
    (topology) => {
      expect(left({ topology }).flatMap(({ attacks }) => attacks)).toContain('UIX-02');
    },
  );

  it('names what the kernel counts by user', () => {
    expect(left({}).flatMap(({ attacks }) => attacks)).toContain('RES-05');
  });
});
