import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Variables = Readonly<Record<string, string>>;

const MAX_SECRET = 65_536;

/** The contents of a secret’s file, without the line end that editors add. */
function readSecret(folder: string, name: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const entry = fstatSync(descriptor);
    if (!(entry.isFile() && entry.size <= MAX_SECRET)) return undefined;
    const text = readFileSync(descriptor, 'utf8').replace(/\r?\n$/, '');
    return text.includes('\0') ? undefined : text;
  } finally {
    closeSync(descriptor);
  }
}

/** What a program gets: little, and what the policy names. Gives the first name that has no value instead, if there is one. */
export function environmentOf(
  names: readonly string[],
  secrets: string | undefined,
  own: Readonly<Record<string, string | undefined>>,
): { readonly ok: true; readonly variables: Variables } | { readonly ok: false; readonly missing: string } {
  const variables: Record<string, string> = {
    PATH: own['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/tmp',
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
  };
  for (const name of names) {
    const value = (secrets === undefined ? undefined : readSecret(secrets, name)) ?? own[name];
    if (value === undefined) return { ok: false, missing: name };
    variables[name] = value;
  }
  return { ok: true, variables };
}
