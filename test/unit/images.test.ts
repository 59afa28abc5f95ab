import { describe, expect, it } from 'vitest';
import { boxFiles } from '../../src/plans/box.ts';
import { baseImages } from '../../src/plans/dockerfiles.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { printPolicy, withImages } from '../../src/policy/print.ts';
import { samplePolicy } from '../support/policy.ts';

const digest = (character: string): string => `sha256:${character.repeat(64)}`;
const images = { 'node:22-bookworm-slim': digest('a'), 'debian:trixie-slim': digest('b') };

describe('pinned base images', () => {
  it('stand with their digest in every FROM that names them', () => {
    const policy = samplePolicy({ images });
    expect(baseImages(policy)).toEqual(['node:22-bookworm-slim', 'debian:trixie-slim']);
    const from = boxFiles(policy, { git: 'directory' }, { sidecar: '', relay: '' })
      .filter(({ path }) => path.endsWith('Dockerfile'))
      .flatMap(({ text }) => text.split('\n').filter((line) => line.startsWith('FROM ')));
    expect(from).toHaveLength(4);
    for (const line of from) expect(line).toMatch(/@sha256:[0-9a-f]{64}(?: AS |$)/);
  });

  it.each([
    ['as init writes it', printPolicy(samplePolicy(), '1.0.0')],
    ['with older digests', printPolicy(samplePolicy({ images: { 'node:20-bookworm-slim': digest('c') } }), '1.0.0')],
    [
      'with comments and a flow mapping',
      '# mine\nversion: 1\nstack: node # keep\nagents: [codex]\nimages: {} # here\ndocker: none # last\n',
    ],
    ['without the entry', 'version: 1\nstack: node\nagents: [codex] # mine'],
  ])('are renewed in a policy %s, and nothing else is touched', (_, text) => {
    const renewed = withImages(text, images, parsePolicy(text).where('images'));
    expect(parsePolicy(renewed).policy).toEqual({ ...parsePolicy(text).policy, images });
    const comments = text.match(/#.*/g) ?? [];
    for (const comment of comments) expect(renewed).toContain(comment);
    expect(withImages(renewed, images, parsePolicy(renewed).where('images'))).toBe(renewed);
  });
});
