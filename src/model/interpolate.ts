/** What is known of a variable: its value, or that only the host knows it. */
export type Lookup = (name: string) => string | undefined;

export interface Interpolated {
  readonly text: string;
  /** A variable without a value and without a default is left as it was written. */
  readonly open: boolean;
  /** Variables whose value is the host's to decide, with or without a default. */
  readonly hostVariables: readonly string[];
}

const MAX_NESTING = 16;
/** Of what a text becomes: variables that hold each other twice grow without end. */
const MAX_LENGTH = 1 << 20;
const NAME = /[A-Za-z_]\w*/y;

/**
 * docker compose's interpolation: `$NAME`, `${NAME}` and the forms with `:-`, `-`, `:?`, `?`, `:+`, `+`; `$$` is a dollar.
 * https://docs.docker.com/reference/compose-file/interpolation/. Where the value is unknown the default is taken.
 */
export function interpolate(text: string, lookup: Lookup, nesting = 0): Interpolated {
  if (!text.includes('$')) return { text, open: false, hostVariables: [] };
  let result = '';
  let open = false;
  const hostVariables: string[] = [];
  const closing = closingBraces(text);
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0) break;
    result += text.slice(at, dollar);
    if (text[dollar + 1] === '$') {
      result += '$';
      at = dollar + 2;
      continue;
    }
    const braced = text[dollar + 1] === '{';
    NAME.lastIndex = dollar + (braced ? 2 : 1);
    const name = NAME.exec(text)?.[0];
    const end = name === undefined ? -1 : braced ? (closing.get(dollar + 1) ?? -1) : NAME.lastIndex;
    if (name === undefined || end < 0) {
      result += '$';
      at = dollar + 1;
      continue;
    }
    const whole = text.slice(dollar, braced ? end + 1 : end);
    // Tools that apply a template replace its options in every file of it, before anything else reads them.
    const option = /^\$\{(templateOption:\w+)\}$/.exec(whole)?.[1];
    const value = lookup(option ?? name);
    const [, operator = '', operand = ''] =
      braced && option === undefined
        ? (/^(:?[-?+]|)([\s\S]*)$/.exec(text.slice(dollar + 2 + name.length, end)) ?? [])
        : [];
    const set = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
    if (value === undefined && option === undefined) hostVariables.push(name);
    const nested = (): string => {
      if (!(nesting < MAX_NESTING)) return operand;
      const inner = interpolate(operand, lookup, nesting + 1);
      if (inner.open) open = true;
      for (const name of inner.hostVariables) hostVariables.push(name);
      return inner.text;
    };
    if (operator.endsWith('+')) result += set ? nested() : '';
    else if (value !== undefined && set) result += value;
    else if (operator.endsWith('-')) result += nested();
    else if (value !== undefined) result += value;
    else {
      result += whole;
      open = true;
    }
    at = end + (braced ? 1 : 0);
    if (result.length > MAX_LENGTH) return { text, open: true, hostVariables };
  }
  return { text: result + text.slice(at), open, hostVariables };
}

/** Where each `{` behind a dollar is closed, if it is. */
function closingBraces(text: string): ReadonlyMap<number, number> {
  const closing = new Map<number, number>();
  const open: number[] = [];
  for (let i = text.indexOf('{'); i >= 0 && i < text.length; i++) {
    if (text[i] === '{' && text[i - 1] === '$') open.push(i);
    else if (text[i] === '}') {
      const at = open.pop();
      if (at !== undefined) closing.set(at, i);
    }
  }
  return closing;
}

export interface DotenvLine {
  readonly name: string;
  /** undefined: only named, the value is the host's. */
  readonly value: string | undefined;
  /** Taken as it is: raw, or in single quotes, where compose replaces no variables. */
  readonly literal: boolean;
  /** Where it stands, from the name to the end of the value. */
  readonly start: number;
  readonly end: number;
}

/**
 * The lines of an env file: `NAME=value`, quotes, `export`, comments. Lines that are none of that are left out. `raw`: as
 * `docker run --env-file` reads them, quotes and comments behind a value are part of it.
 */
export function dotenvLines(text: string, raw = false): readonly DotenvLine[] {
  const lines: DotenvLine[] = [];
  for (const match of text.matchAll(
    /^\ufeff?[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)(?:[ \t]*=[ \t]*([^\r\n]*))?[ \t]*$/gm,
  )) {
    const [whole, name = ''] = match;
    const written = match[2]?.replace(/(?<![ \t])[ \t]+$/, '');
    const start = match.index + whole.indexOf(name);
    const quoted = raw || written === undefined ? undefined : quotedValue(written);
    const value = raw || written === undefined ? written : (quoted ?? withoutComment(written));
    const literal = raw || (quoted !== undefined && written?.startsWith("'") === true);
    lines.push({ name, value, literal, start, end: match.index + whole.trimEnd().length });
  }
  return lines;
}

/** What stands in quotes, if nothing but a comment is behind them. */
function quotedValue(written: string): string | undefined {
  const quote = written[0];
  if (quote !== '"' && quote !== "'") return undefined;
  const comment = /\s+#|$/y;
  for (let end = written.indexOf(quote, 1); end > 0; end = written.indexOf(quote, end + 1)) {
    comment.lastIndex = end + 1;
    if (comment.test(written)) return written.slice(1, end);
  }
  return undefined;
}

function withoutComment(written: string): string {
  const at = written.search(/(?:^|\s)#/);
  return at < 0 ? written : written.slice(0, at).trimEnd();
}

/** The variables that `.env` gives to compose. */
export const parseDotenv = (text: string): ReadonlyMap<string, string> =>
  new Map(dotenvLines(text).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])));

/** Variables that hold the user's home folder on some system; the model writes it `~`. */
const HOMES = new Set(['HOME', 'USERPROFILE', 'HOME_DIR', 'HOST_HOME', 'HOMEPATH', 'HOMEDRIVE']);

/** What compose knows of the host without asking it: the home folder and the working folder. */
export const wellKnown: Lookup = (name) =>
  HOMES.has(name) ? (name === 'HOMEDRIVE' ? '' : '~') : name === 'PWD' ? '.' : undefined;

/** As the devcontainer CLI finds them (variableSubstitution.ts): up to the first brace, whatever is between. */
const DEVCONTAINER = /\$\{([^}\n]*)(\}?)/g;

/** Options of a template under the name that `interpolate` asks for. */
export const templateOption = (name: string): string => `templateOption:${name}`;

export interface DevcontainerScope {
  /** Where the workspace is inside the container. */
  readonly workspaceFolder: string | undefined;
  /** Defaults of the template's options by `templateOption`; of a repository that is no template there are none. */
  readonly options?: ReadonlyMap<string, string>;
}

/**
 * The variables of devcontainer.json (containers.dev/implementors/json_reference#variables-in-devcontainerjson). Paths on
 * the host come out relative to the workspace root, `.`, and the home folder as `~`.
 */
export function interpolateDevcontainer(text: string, scope: DevcontainerScope): Interpolated {
  if (!text.includes('${')) return { text, open: false, hostVariables: [] };
  let open = false;
  const hostVariables: string[] = [];
  const result = text.replace(DEVCONTAINER, (whole, inner: string, brace: string) => {
    const [, kind, rest] = (brace && /^([A-Za-z]+)(?::([\s\S]*))?$/.exec(inner)) || [];
    if (kind === 'localWorkspaceFolder') return '.';
    if (kind === 'localWorkspaceFolderBasename') return 'workspace';
    if (kind === 'containerWorkspaceFolderBasename') return 'workspace';
    if (kind === 'devcontainerId') return 'devcontainer-id';
    if (kind === 'containerWorkspaceFolder' && scope.workspaceFolder !== undefined) return scope.workspaceFolder;
    // As the devcontainer CLI splits it (variableSubstitution.ts): what follows a third colon is dropped.
    const [name = '', fallback] = rest?.split(':') ?? [];
    const option = kind === 'templateOption' ? scope.options?.get(templateOption(name)) : undefined;
    if (option !== undefined) return option;
    if ((kind === 'localEnv' || kind === 'env') && name !== '') {
      const known = wellKnown(name);
      if (known !== undefined) return known;
      hostVariables.push(name);
      if (fallback !== undefined) return fallback;
    }
    open = true;
    return whole;
  });
  // `${localEnv:HOME}${localEnv:USERPROFILE}` is the usual way to write “home, on any system”.
  return { text: result.replace(/~{2,}/g, '~'), open, hostVariables };
}
