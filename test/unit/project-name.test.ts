import { describe, expect, it } from 'vitest';
import { projectName } from '../../src/policy/project-name.ts';

const hash = '0123456789abcdef';

describe('the name of a compose project', () => {
  it.each([
    ['/src/app', 'app'],
    ['/src/My App', 'my-app'],
    ['/src/--x--', 'x'],
    ['/src/ünï', 'n'],
    ['/src/漢字', 'box'],
    ['/src/-rf', 'rf'],
    [`/src/${'a'.repeat(60)}`, 'a'.repeat(30)],
    ['/', 'box'],
  ])('of %s is recognisable and safe', (path, slug) => {
    expect(projectName(path, hash)).toBe(`${slug}-0123456789`);
  });
});
