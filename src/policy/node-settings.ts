// Apart from the schema, whose library a command that reads no policy need not load.

export const NODE_VERSION = /^(?:1[89]|[2-9][0-9])(?:\.(?:0|[1-9][0-9]{0,2})){0,2}$/u;
export const PACKAGE_MANAGER =
  /^(?:npm|(?:npm|pnpm|yarn)@(?:0|[1-9][0-9]{0,3})\.(?:0|[1-9][0-9]{0,3})\.(?:0|[1-9][0-9]{0,3})(?:-[0-9A-Za-z]+(?:[.-][0-9A-Za-z]+)*)?)$/u;

export const NODE_DEFAULTS = {
  version: '22',
  packageManager: 'npm',
  minimumReleaseAge: '1d',
  installScripts: [],
} as const;
