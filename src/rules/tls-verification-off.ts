import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

/** Variables that switch the check off in whatever is started with them. */
const VARIABLES: Readonly<Record<string, RegExp>> = {
  NODE_TLS_REJECT_UNAUTHORIZED: /^0$/,
  GIT_SSL_NO_VERIFY: /^(?:1|true|yes|on)$/i,
  PYTHONHTTPSVERIFY: /^0$/,
  NPM_CONFIG_STRICT_SSL: /^false$/i,
  PIP_TRUSTED_HOST: /./,
  CURL_INSECURE: /^1$/,
};

function off(program: string, args: readonly string[]): boolean {
  const line = args.join(' ');
  if (program === 'curl') return args.some((word) => word === '--insecure' || /^-(?=[a-zA-Z]*k)[a-zA-Z]*$/.test(word));
  if (program === 'wget') return args.includes('--no-check-certificate');
  if (program === 'git') return /\bhttp\./i.test(line) && /\.sslverify[ =](?:false|0|off|no)\b/i.test(line);
  if (/^(?:npm|pnpm|yarn)$/.test(program)) return /\bstrict-ssl[ =]false\b/i.test(line);
  if (/^(?:pip[\d.]*|uv)$/.test(program)) return /--(?:trusted-host|allow-insecure-host)\b/.test(line);
  if (/^(?:export|setenv)$/.test(program)) return args.some(assigned);
  return false;
}

function assigned(word: string): boolean {
  const [, name = '', value = ''] = /^(\w+)=["']?([^"']*)/.exec(word) ?? [];
  return VARIABLES[name.toUpperCase()]?.test(value) === true;
}

export default defineRule({
  id: 'tls-verification-off',
  title: 'Certificates are not checked',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SUP-03'],
  why: `Whoever is on the way, a hotspot or a poisoned name server, answers in the server’s place: with a package of their own, and
with the token that the client sends along in their hands.`,
  remedy:
    'Add the missing authority to the image (`update-ca-certificates`, `NODE_EXTRA_CA_CERTS`) and leave the check on.',
  references: ['https://curl.se/docs/sslcerts.html'],
  bad: [
    {
      title: 'a download in the Dockerfile',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «curl -fsSLk https://example.com/tool -o /usr/local/bin/tool»\n',
      },
    },
    {
      title: 'for git, at creation',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postCreateCommand": "«git config --global http.sslVerify false» && true" }',
      },
    },
    {
      title: 'for every Node program',
      files: {
        'devcontainer.json': '{ "image": "debian", "containerEnv": { «"NODE_TLS_REJECT_UNAUTHORIZED": "0"» } }',
      },
    },
    {
      title: 'an ENV of the image',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\n«ENV GIT_SSL_NO_VERIFY=true»\n',
      },
    },
  ],
  good: [
    {
      title: 'the check is on',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "containerEnv": { "NODE_TLS_REJECT_UNAUTHORIZED": "1" }, "postCreateCommand": "sort -k 2 list && echo curl -k" }',
      },
    },
    {
      title: 'a key, not a switch',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\nRUN curl -fsSL https://example.com/k -o /tmp/k\nRUN git config --global http.sslVerify true\n',
      },
    },
  ],
  *check({ configurations, containers }) {
    for (const { program, args, at } of commands(configurations)) {
      if (off(program, args)) yield { at, confidence: 'high', message: `${program} trusts any certificate` };
    }
    for (const { name, environment, build } of containers) {
      for (const { value: variable, span } of environment) {
        if (VARIABLES[variable.name.toUpperCase()]?.test(variable.value ?? '') === true) {
          yield { at: span, confidence: 'high', message: `${name}: with ${variable.name} any certificate is trusted` };
        }
      }
      for (const { name: kind, text, span } of (build?.chain ?? []).flatMap(({ instructions }) => instructions)) {
        const words =
          kind === 'ENV'
            ? text
                .trim()
                .replace(/^(\w+)\s+/, '$1=')
                .split(/\s+/)
            : [];
        const found = words.find(assigned);
        if (found !== undefined) {
          yield { at: span, confidence: 'high', message: `${name}: with ${found} any certificate is trusted` };
        }
      }
    }
  },
});
