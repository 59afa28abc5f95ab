import type { Severity } from '../core/finding.ts';
import type { Mount } from './mount.ts';
import { isSecretName } from './secrets.ts';

interface Secret {
  readonly path: RegExp;
  readonly what: string;
  readonly severity: Severity;
}

/** Below the home folder; each with what it gives to whoever reads it. The first that fits counts. */
const SECRETS: readonly Secret[] = [
  { path: /^\.ssh\/config$/, what: 'SSH’s settings, with the hosts in them', severity: 'medium' },
  // Neither public keys nor the list of hosts let anybody in.
  { path: /^\.ssh(?:$|\/$|\/(?!known_hosts[^/]*$|[^/]+\.pub$))/, what: 'SSH keys', severity: 'critical' },
  { path: /^\.gnupg(?:\/|$)/, what: 'GPG keys', severity: 'critical' },
  { path: /^\.aws(?:\/|$)/, what: 'AWS credentials', severity: 'critical' },
  { path: /^\.azure(?:\/|$)/, what: 'Azure credentials', severity: 'critical' },
  { path: /^\.config\/gcloud(?:\/|$)/, what: 'Google Cloud credentials', severity: 'critical' },
  { path: /^\.kube(?:\/|$)/, what: 'cluster credentials', severity: 'critical' },
  { path: /^\.docker(?:\/|$)/, what: 'registry logins', severity: 'high' },
  { path: /^\.config\/gh(?:\/|$)/, what: 'the GitHub CLI’s token', severity: 'critical' },
  {
    path: /^\.(?:config\/hub|git-credentials|netrc|config\/git\/credentials)$/,
    what: 'git’s stored passwords',
    severity: 'critical',
  },
  {
    path: /^\.(?:npmrc|yarnrc(?:\.yml)?|pypirc|gem\/credentials|cargo\/credentials(?:\.toml)?)$/,
    what: 'a registry token',
    severity: 'high',
  },
  {
    path: /^\.(?:m2\/settings\.xml|m2|gradle\/gradle\.properties|nuget\/NuGet\/NuGet\.Config)$/,
    what: 'repository passwords',
    severity: 'high',
  },
  {
    path: /^\.(?:password-store|vault-token|terraform\.d|config\/op|config\/sops|config\/age|sops|age|aws-vault|awsvault|local\/share\/keyrings)(?:\/|$)/,
    what: 'a secret store',
    severity: 'critical',
  },
  { path: /^Library\/(?:Keychains|Cookies)(?:\/|$)/, what: 'the keychain', severity: 'critical' },
  {
    path: /^\.(?:mozilla|config\/(?:google-chrome|chromium|BraveSoftware))(?:\/|$)/,
    what: 'browser sessions',
    severity: 'critical',
  },
  {
    path: /^\.gitconfig$|^\.config\/git(?:\/|$)/,
    what: 'git’s configuration, with any token in it',
    severity: 'medium',
  },
  {
    path: /^\.(?:claude(?:\.json)?|config\/claude|aider\.conf\.yml|codex|gemini|copilot|config\/opencode|config\/github-copilot|local\/share\/opencode|cursor)(?:\/|$)/,
    what: 'a coding agent’s token, hooks and memory of the host',
    severity: 'high',
  },
  {
    path: /^\.(?:databrickscfg|snowflake|oci|config\/doctl|config\/hcloud|config\/scw|fly|pulumi|bluemix|cf|terraformrc)(?:\/|$)/,
    what: 'credentials of a cloud',
    severity: 'critical',
  },
  { path: /^\.minikube(?:\/|$)/, what: 'cluster credentials', severity: 'critical' },
  { path: /^\.config\/rclone(?:\/|$)/, what: 'credentials of remote storage', severity: 'critical' },
  { path: /^\.config\/helm(?:\/|$)/, what: 'registry logins', severity: 'high' },
  { path: /^\.(?:pgpass|my\.cnf|mylogin\.cnf)$/, what: 'database passwords', severity: 'high' },
  {
    path: /^\.(?:kaggle|huggingface|cache\/huggingface\/token)(?:\/|$)/,
    what: 'a model hub’s token',
    severity: 'high',
  },
  // Folders above some of these.
  {
    path: /^(?:\.config|\.local|\.local\/share|Library)\/?$/,
    what: 'the settings and tokens of all programs',
    severity: 'critical',
  },
  {
    path: /^\.(?:cargo|gem|gradle|nuget|cache\/huggingface)\/?$/,
    what: 'a cache, with any token in it',
    severity: 'medium',
  },
];

const HOME = /^(?:~|\/home\/[^/]+|\/root|\/Users\/[^/]+|[A-Za-z]:\/Users\/[^/]+)\/(.+)$/;
/** Where programs keep their settings on Windows, and where XDG moves them. */
const SETTINGS =
  /^(?:\$\{?(?:localEnv:|env:)?(?:APPDATA|LOCALAPPDATA|XDG_CONFIG_HOME)\}?|.*\/AppData\/(?:Roaming|Local))\/([\s\S]+)$/;
/** Above the repository is the home folder, or it is a step closer. */
const ABOVE = /^(?:\.\.\/)+([\s\S]+)$/;
const MOUNTED = /^\/(?:home\/[^/]+|root)\/(.+)$/;

/** Variables that say where credentials are (each program's own manual). */
const VARIABLES: Readonly<Record<string, string>> = {
  KUBECONFIG: '.kube/config',
  AWS_SHARED_CREDENTIALS_FILE: '.aws/credentials',
  AWS_CONFIG_FILE: '.aws/config',
  GOOGLE_APPLICATION_CREDENTIALS: '.config/gcloud/application_default_credentials.json',
  CLOUDSDK_CONFIG: '.config/gcloud',
  AZURE_CONFIG_DIR: '.azure',
  DOCKER_CONFIG: '.docker',
  GH_CONFIG_DIR: '.config/gh',
  GNUPGHOME: '.gnupg',
  PGPASSFILE: '.pgpass',
  NPM_CONFIG_USERCONFIG: '.npmrc',
  CLAUDE_CONFIG_DIR: '.claude',
  CODEX_HOME: '.codex',
};

/** A path below the home folder as it usually is; undefined if it is somewhere else. */
function belowHome(source: string): string | undefined {
  const settings = SETTINGS.exec(source)?.[1];
  return settings === undefined ? (HOME.exec(source) ?? ABOVE.exec(source))?.[1] : `.config/${settings}`;
}

const secretAt = (path: string | undefined): Secret | undefined =>
  path === undefined ? undefined : SECRETS.find((secret) => secret.path.test(path));

const nameOf = (path: string): string => path.split('/').at(-1) ?? path;

/** The credentials that a mount brings; `likely` where only its variables or its target tell. */
export function mountedSecret(mount: Mount): (Omit<Secret, 'path'> & { readonly likely: boolean }) | undefined {
  const { source, target, type, resolved, hostVariables = [] } = mount;
  // A socket is for other rules.
  if (type !== 'bind' || source.endsWith('.sock')) return undefined;
  const own = secretAt(belowHome(source));
  if (own) return { ...own, likely: false };
  const named = hostVariables.map((name) => secretAt(VARIABLES[name])).find((secret) => secret !== undefined);
  // Where compose puts its `secrets` (docs.docker.com/compose/how-tos/use-secrets).
  if (target.startsWith('/run/secrets/')) {
    const kept = [target, source].map(nameOf).find((name) => isSecretName(name.replace(/[-.]/g, '_')));
    if (kept !== undefined) return { what: `the secret ${kept}`, severity: 'medium', likely: true };
  }
  // An unknown source on a well-known target most likely brings what the target is for. So does one of the same name on the
  // host and, where the worst is at stake, any place on the host (a link) and a folder of that name in the workspace; an
  // agent's own login kept there is as it should be.
  const meant = secretAt(MOUNTED.exec(target)?.[1]);
  const onHost = /^\/(?!dev\/)/.test(source);
  const same = nameOf(source) === nameOf(target);
  const likely = !resolved || (onHost && same) || (meant?.severity === 'critical' && (onHost || same));
  const secret = named ?? (likely ? meant : undefined);
  return secret && { ...secret, likely: true };
}
