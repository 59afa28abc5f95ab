/** Names of variables that hold a secret. Not those that only point at one (`…_FILE`, `…_PATH`, `…_URL`). */
const NAME =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PAT|CREDENTIALS?|API_?KEY|ACCESS_KEY|PRIVATE_KEY|SIGNING_KEY|ENCRYPTION_KEY|AUTH_KEY)(?:$|_(?:ID|KEY|KEY_BASE|VALUE|BASE64|DEV|TEST|LOCAL)\b)|\w_(?:PASS|PWD)$|^(?:PGPASSWORD|REDISCLI_AUTH)$|(?:^|_)BEARER_TOKEN_BEDROCK$/i;
/** Frameworks put variables with these prefixes into what browsers load: public on purpose. */
const PUBLIC = /^(?:NEXT_PUBLIC|NUXT_PUBLIC|EXPO_PUBLIC|VITE|REACT_APP|GATSBY)_/;

export const isSecretName = (name: string): boolean =>
  !PUBLIC.test(name) && (NAME.test(name) || /(?:[a-z](?:Token|Secret|Password|ApiKey))$/.test(name));

/** Shapes of tokens that are secret whatever the variable is called; each prefix is its issuer's own. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\bgh[pousr]_[A-Za-z0-9]{36,}\b/, 'a GitHub token'],
  [/\bgithub_pat_[A-Za-z0-9_]{50,}\b/, 'a GitHub token'],
  [/\bglpat-[\w-]{20,}/, 'a GitLab token'],
  [/\bsk-ant-[\w-]{20,}/, 'an Anthropic key'],
  [/\bsk-(?:proj-)?[A-Za-z0-9_-]{40,}/, 'an OpenAI key'],
  [/\bAKIA[0-9A-Z]{16}\b/, 'an AWS access key'],
  [/\bxox[abposr]-[\w-]{20,}/, 'a Slack token'],
  [/\bnpm_[A-Za-z0-9]{36}\b/, 'an npm token'],
  [/\bpypi-[\w-]{50,}/, 'a PyPI token'],
  [/\bAIza[\w-]{35}\b/, 'a Google key'],
  [/\bhf_[A-Za-z0-9]{30,}\b/, 'a Hugging Face token'],
  [/\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}/, 'a Stripe key'],
  [/\bSG\.[\w-]{20,}\.[\w-]{40,}/, 'a SendGrid key'],
  [/\bdckr_pat_[\w-]{20,}/, 'a Docker Hub token'],
  [/\bdop_v1_[a-f0-9]{64}\b/, 'a DigitalOcean token'],
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, 'a private key'],
];

/** What kind of secret a text holds, by the shape of it; undefined if none is recognised. */
const secretShape = (text: string): string | undefined => SHAPES.find(([shape]) => shape.test(text))?.[1];

/** Values that stand for a secret without being one. */
const PLACEHOLDER =
  /^(?:$|\$|<.*>$|\{\{|%|x{3,}$|\*+$|your[-_ ]|my[-_ ]|replace|insert|todo|none$|null$|unset$|not[-_ ]?set$|undefined$|empty$|missing$|n\/a$|no[-_]?password$|auto$|helper$|x-oauth-basic$|op:\/\/|vault:|true$|false$|yes$|no$|on$|off$|~|pk_(?:live|test)_|workspace$|devcontainer-id|\d{1,3}$|\/|\.\/|file:)/i;
/** Passwords that everybody uses for a database on their own machine. */
const EVERYDAY =
  /^(?:12345[-_!@#\d]*)?(?:(?:postgres|mysql|mariadb|mongo|redis|root|admin|user|guest|rabbitmq|minio|sa|app|db|test|dev|local|vscode|develop(?:ment)?|example|sample|dummy|fake|demo|secret|password|passw0rd|pass|pwd|p@ssw0rd|change[-_]?me|letmein)[-_!@#\d]*)*$/i;

/** How far the literal value of a secret's variable is one: a placeholder is none, everyday passwords hardly. */
export function secretValue(value: string): 'none' | 'everyday' | 'likely' {
  if (PLACEHOLDER.test(value) || value.includes('${')) return 'none';
  return EVERYDAY.test(value) ? 'everyday' : 'likely';
}

export interface Secret {
  readonly what: string;
  readonly kind: 'shape' | 'everyday' | 'likely';
}

/** `SCHEME://USER:PASSWORD@`; the scheme is looked for behind it, since every word may be one. */
function* urlLogins(text: string): Iterable<{ user: string; password: string; start: number; end: number }> {
  for (const match of text.matchAll(/:\/\/([^\s:@/'"]*):([^\s@/'"]+)@/g)) {
    const scheme = /\b[a-z][a-z0-9+.-]*$/i.exec(text.slice(Math.max(0, match.index - 30), match.index))?.[0];
    const [whole, user = '', password = ''] = match;
    if (scheme) yield { user, password, start: match.index - scheme.length, end: match.index + whole.length };
  }
}

/** What a variable's value gives away: a token by its shape, a password in a URL, the value of a secret's name. */
export function valueSecret(name: string, value: string): Secret | undefined {
  const shape = secretShape(value);
  if (shape !== undefined) return { what: `${name} holds ${shape}`, kind: 'shape' };
  const [login] = urlLogins(value);
  if (login) {
    const kind = urlPassword(login.user, login.password);
    return kind === 'none' ? undefined : { what: `${name} has a password in its URL`, kind };
  }
  const kind = isSecretName(name) ? secretValue(value) : 'none';
  if (kind === 'none') return undefined;
  const what = kind === 'likely' ? 'has its value written out' : 'has a password that everybody guesses';
  return { what: `${name} ${what}`, kind };
}

const urlPassword = (user: string | undefined, password: string) =>
  password === user && secretValue(password) !== 'none' ? 'everyday' : secretValue(password);

const LOGIN =
  /\b(?:docker|podman|buildah|helm\s+registry|oras)\s+login\b[^\n;&|]{0,200}?\s(?:-p|--password)[ =]?["']?([^\s"';&|]+)/g;
/** curl(1): `-u NAME:PASSWORD`, also behind other letters. */
const BASIC = /\bcurl\b[^\n;&|]{0,200}?\s(?:-[a-zA-Z#]{0,9}u ?|--user[ =])["']?([^\s:"';&|]+):([^\s"';&|]+)/g;
/** chpasswd(8) takes `NAME:PASSWORD`. */
const CHPASSWD =
  /\b(?:echo|printf)\s+(?:-\w+\s+)?["']?([^\s:"';&|]+):([^\s"';&|]+?)(?:\\n)?["']?\s*\|\s*(?:sudo\s+(?:-\w+\s+)?)?chpasswd\b/g;
/** The value that a variable has where nobody gave it one. */
const DEFAULT = /\$\{([A-Za-z_]\w{0,60}):?[-=]([^\s${}`"'();&|]{4,})\}/g;
const ASSIGNMENT = /(?:^|[\s;&|])(?:export\s+)?([A-Za-z_]\w{0,60})=["']?([^\s"';&|)]+)/g;

/** The secrets in a shell text. */
export function textSecrets(text: string): readonly (Secret & { readonly start: number; readonly end: number })[] {
  const found: (Secret & { start: number; end: number })[] = [];
  const taken = new Uint8Array(text.length);
  const add = (secret: Secret, start: number, length: number): void => {
    const end = start + length;
    if (taken.subarray(start, end).includes(1)) return;
    taken.fill(1, start, end);
    found.push({ ...secret, start, end });
  };
  for (const [shape, what] of SHAPES) {
    for (const match of text.matchAll(new RegExp(shape, 'g')))
      add({ what: `a command has ${what} in it`, kind: 'shape' }, match.index, match[0].length);
  }
  for (const { user, password, start, end } of urlLogins(text)) {
    const kind = literal(password) ? urlPassword(user, password) : 'none';
    if (kind !== 'none') add({ what: 'a command has a password in a URL', kind }, start, end - start);
  }
  for (const match of text.matchAll(LOGIN)) {
    const kind = literal(match[1]) ? secretValue(match[1] ?? '') : 'none';
    if (kind !== 'none') add({ what: 'a login has its password written out', kind }, match.index, match[0].length);
  }
  for (const [login, what] of [
    [BASIC, 'a command logs in with a password that is written out'],
    [CHPASSWD, 'a user’s password is written out'],
  ] as const) {
    for (const match of text.matchAll(login)) {
      const kind = literal(match[2]) ? urlPassword(match[1], match[2] ?? '') : 'none';
      if (kind !== 'none') add({ what, kind }, match.index, match[0].length);
    }
  }
  for (const match of text.matchAll(DEFAULT)) {
    const [whole, name = '', value = ''] = match;
    const kind = isSecretName(name) ? secretValue(value) : 'none';
    if (kind !== 'none') add({ what: `${name} has a default that is written out`, kind }, match.index, whole.length);
  }
  for (const match of text.matchAll(ASSIGNMENT)) {
    const [whole, name = '', value = ''] = match;
    const kind = isSecretName(name) && literal(value) ? secretValue(value) : 'none';
    const at = match.index + whole.indexOf(name);
    if (kind !== 'none')
      add({ what: `a command has the value of ${name} in it`, kind }, at, whole.length - whole.indexOf(name));
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Not made by the shell, nor by the tool that reads the file. */
const literal = (value: string | undefined): boolean => value !== undefined && !/[$`]|^-/.test(value);
