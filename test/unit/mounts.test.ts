import { describe, expect, it } from 'vitest';
import { parseMountinfo } from '../../src/core/mountinfo.ts';
import { protectedPaths } from '../../src/policy/layout.ts';
import { lostMounts } from '../../src/policy/mounts.ts';

const paths = protectedPaths({ readOnly: ['a b'] }, { git: 'directory' });
const line = (path: string, options: string, root = `/src/${path}`): string =>
  `100 94 254:0 ${root.replaceAll(' ', '\\040')} /workspace/${path.replaceAll(' ', '\\040')} ${options},relatime master:1 - ext4 /dev/vda rw`;
const table = paths.map(({ path, access }) => line(path, access === 'read-only' ? 'ro' : 'rw'));

describe('the mount table', () => {
  it('is well when every protected path has its mount', () => {
    expect(lostMounts(paths, table.join('\n'))).toEqual([]);
  });

  it('names a mount that is gone', () => {
    expect(lostMounts(paths, table.filter((text) => !text.includes('/.git/config ')).join('\n'))).toEqual([
      '.git/config',
    ]);
  });

  it('names a mount that has become writable, and an anchor that is gone', () => {
    const changed = table.map((text) => (text.includes('/workspace/.vscode ') ? line('.vscode', 'rw') : text));
    expect(lostMounts(paths, changed.join('\n'))).toEqual(['.vscode']);
    expect(lostMounts(paths, table.filter((text) => !/\/workspace\/\.git /.test(text)).join('\n'))).toEqual(['.git']);
  });

  it('goes by the mount on top', () => {
    expect(lostMounts(paths, [...table, line('.git/hooks', 'rw')].join('\n'))).toEqual(['.git/hooks']);
  });

  it('is not believed when it cannot be read', () => {
    expect(() => parseMountinfo('garbage')).toThrow();
    expect(lostMounts(paths, '')).toHaveLength(paths.length);
  });
});
