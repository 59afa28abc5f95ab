// What the real editor of the tests consists of, and where it is kept. Versions are pinned: the same editor everywhere.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { env } = process;
/** code-server 4.N.n is VS Code 1.N with a login page and a web client; npm has it in source, as VS Code's own server is not. */
const CODE_SERVER = '4.139.1';
/** The Node that this code-server asks for. */
const NODE = '24.21.0';

const context = fileURLToPath(new URL('.', import.meta.url));
const cache = env.EDITOR_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cofferdam-editor');
const recipe = createHash('sha256');
for (const file of ['Dockerfile', 'spin.c']) recipe.update(readFileSync(join(context, file)));

export const SETTINGS = {
  context,
  cache,
  arguments: { CODE_SERVER, NODE },
  /** A new recipe gets a new file. */
  server: join(cache, `code-server-${CODE_SERVER}-${recipe.digest('hex').slice(0, 12)}.tar`),
};
