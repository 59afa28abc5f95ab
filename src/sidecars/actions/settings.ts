import { lstatSync, readFileSync } from 'node:fs';
import { ToolError } from '../../core/errors.ts';
import type { Action, Actions, Argument } from '../../policy/actions.ts';
import { checkActions } from '../../policy/parse-actions.ts';
import { parseAddress } from '../firewall/settings.ts';
import { parseFlags } from '../flags.ts';

export interface ActionSettings {
  readonly listen: { readonly host: string; readonly port: number };
  readonly actions: Actions;
  readonly token: string;
  /** Where programs start, and keep what is to be kept. */
  readonly data: string;
  /** A folder with a file for each secret. */
  readonly secrets: string | undefined;
  readonly auditLog: string | undefined;
}

export const doubt = (message: string): ToolError =>
  new ToolError(
    'settings-invalid',
    message,
    'actions --listen tcp://HOST:PORT --actions FILE --token FILE --data FOLDER [--secrets FOLDER] [--audit-log FILE]',
  );

const FLAGS = ['--listen', '--actions', '--token', '--data', '--secrets', '--audit-log'];
const ANYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export function parseActionSettings(argv: readonly string[]): ActionSettings {
  const flags = parseFlags(argv, FLAGS, new Set(), doubt);
  const one = (name: string): string => {
    const value = flags.get(name)?.[0];
    if (value === undefined) throw doubt(`${name} is missing`);
    return value;
  };
  const address = parseAddress(one('--listen'), doubt);
  if (address.kind !== 'tcp') throw doubt('--listen must be tcp://HOST:PORT');
  // Who may call is decided by the network of this address.
  if (ANYWHERE.has(address.host)) throw doubt('--listen needs one address, not all of them');
  const secrets = flags.get('--secrets')?.[0];
  return {
    listen: { host: address.host, port: address.port },
    actions: readActions(textOf(one('--actions'))),
    token: readToken(textOf(one('--token'))),
    data: folder('--data', one('--data')),
    secrets: secrets === undefined ? undefined : folder('--secrets', secrets),
    auditLog: flags.get('--audit-log')?.[0],
  };
}

function folder(name: string, path: string): string {
  if (!path.startsWith('/') || !lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw doubt(`${name} ${JSON.stringify(path)} is not a folder with its full path`);
  }
  return path;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw doubt(`cannot read ${JSON.stringify(path)}: ${error instanceof Error ? error.message : error}`);
  }
}

/** What a person could guess is no token. */
function readToken(text: string): string {
  const token = text.trim();
  if (!/^[A-Za-z0-9_-]{32,200}$/.test(token)) throw doubt('the file of --token does not hold a token of 32 characters');
  return token;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0;

/** Which type each setting of an argument has. */
const ARGUMENT: Readonly<Record<keyof Argument, (value: unknown) => boolean>> = {
  type: (value) => ['string', 'integer', 'boolean', 'enum'].some((one) => one === value),
  describe: (value) => typeof value === 'string',
  required: (value) => typeof value === 'boolean',
  default: (value) => ['string', 'number', 'boolean'].includes(typeof value),
  pattern: (value) => typeof value === 'string',
  maxLength: isCount,
  leadingDash: (value) => typeof value === 'boolean',
  secret: (value) => typeof value === 'boolean',
  minimum: Number.isSafeInteger,
  maximum: Number.isSafeInteger,
  values: isTexts,
};
const KNOWN = new Map<string, (value: unknown) => boolean>(Object.entries(ARGUMENT));

const isArgument = (value: unknown): value is Argument =>
  isFields(value) && 'type' in value && Object.entries(value).every(([key, one]) => KNOWN.get(key)?.(one) === true);

const ACTION: Readonly<Record<keyof Action, (value: unknown) => boolean>> = {
  describe: (value) => typeof value === 'string',
  run: (value) => isTexts(value) && value.length > 0,
  arguments: (value) => isFields(value) && Object.values(value).every(isArgument),
  perMinute: isCount,
  concurrency: isCount,
  timeout: isCount,
  output: isCount,
  environment: isTexts,
};

const isAction = (value: unknown): value is Action =>
  isFields(value) &&
  Object.keys(value).length === Object.keys(ACTION).length &&
  Object.entries(ACTION).every(([key, check]) => Object.hasOwn(value, key) && check(value[key]));

const isActions = (value: unknown): value is Actions => isFields(value) && Object.values(value).every(isAction);

/** Actions as `cofferdam sync` writes them for the sidecar. */
export function readActions(text: string): Actions {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw doubt('the file of --actions is no JSON');
  }
  if (!isActions(value)) throw doubt('the file of --actions does not hold actions');
  const [complaint] = checkActions(value);
  if (complaint) throw doubt(`the file of --actions: ${complaint.message}`);
  return value;
}
