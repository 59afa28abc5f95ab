/** Names of variables that hold a secret. Not those that only point at one (`…_FILE`, `…_PATH`, `…_URL`). */
const NAME =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PAT|CREDENTIALS?|API_?KEY|ACCESS_KEY|PRIVATE_KEY|SIGNING_KEY|ENCRYPTION_KEY|AUTH_KEY)(?:$|_(?:ID|KEY|VALUE|BASE64|DEV|TEST|LOCAL)\b)/i;

export const isSecretName = (name: string): boolean =>
  NAME.test(name) || /(?:[a-z](?:Token|Secret|Password|ApiKey))$/.test(name);

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
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, 'a private key'],
];

/** What kind of secret a text holds, by the shape of it; undefined if none is recognised. */
export const secretShape = (text: string): string | undefined => SHAPES.find(([shape]) => shape.test(text))?.[1];

/** Values that stand for a secret without being one. */
const PLACEHOLDER =
  /^(?:$|\$|<.*>$|\{\{|%|x{3,}$|\*+$|your[-_ ]|my[-_ ]|replace|insert|todo|none$|null$|true$|false$|\d{1,3}$|\/|\.\/|file:)/i;
/** Passwords that everybody uses for a database on their own machine. */
const EVERYDAY =
  /^(?:(?:postgres|mysql|mariadb|mongo|redis|root|admin|user|guest|rabbitmq|minio|minioadmin|sa|app|db|test|dev|local|develop(?:ment)?|example|sample|dummy|fake|demo|secret|password|passw0rd|pass|pwd|p@ssw0rd|changeme|change[-_]?me|letmein|12345\d*)[-_!@#\d]*)+$/i;

/** How far the literal value of a secret's variable is one: a placeholder is none, everyday passwords hardly. */
export function secretValue(value: string): 'none' | 'everyday' | 'likely' {
  if (PLACEHOLDER.test(value) || value.includes('${')) return 'none';
  return EVERYDAY.test(value) ? 'everyday' : 'likely';
}
