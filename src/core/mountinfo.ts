/** One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
export interface MountEntry {
  /** Where it is mounted, as the process sees it. */
  readonly mountPoint: string;
  /** The path within the file system that forms the root of this mount. */
  readonly root: string;
  readonly readOnly: boolean;
  readonly fileSystem: string;
  readonly source: string;
}

/** Space, tab, newline and backslash are written as three octal digits. */
const decodeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Lines that are not of the documented form are an error: a mount table that can't be read proves nothing. */
export function parseMountinfo(text: string): readonly MountEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [, , , root, mountPoint, options] = before.split(' ');
      const [fileSystem, source] = after.split(' ');
      if (root === undefined || mountPoint === undefined || options === undefined || fileSystem === undefined) {
        throw new Error('not a line of mountinfo');
      }
      return {
        mountPoint: decodeOctal(mountPoint),
        root: decodeOctal(root),
        readOnly: options.split(',').includes('ro'),
        fileSystem,
        source: decodeOctal(source ?? ''),
      };
    });
}
