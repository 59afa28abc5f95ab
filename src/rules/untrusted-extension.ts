import { defineRule } from './rule.ts';

/**
 * Makers of languages, platforms and of the tools that their extensions are for: a name that is not among them says
 * nothing bad, only that somebody should look. Compared in lower case, as the marketplace does.
 */
const KNOWN = new Set([
  ...['ms-azuretools', 'ms-dotnettools', 'ms-edgedevtools', 'ms-kubernetes-tools', 'ms-mssql', 'ms-playwright'],
  ...[
    'ms-python',
    'ms-toolsai',
    'ms-vscode',
    'ms-vscode-remote',
    'ms-vsliveshare',
    'ms-windows-ai-studio',
    'ms-semantic-kernel',
  ],
  ...[
    'microsoft',
    'msazurermtools',
    'ms-azure-devops',
    'ms-vsts',
    'ms-azure-load-testing',
    'ms-sarifvscode',
    'ms-ceintl',
  ],
  ...[
    'azurite',
    'azurepolicy',
    'azureterraform',
    'teamsdevapp',
    'typespec',
    'visualstudioexptteam',
    'visualstudiotoolsforunity',
  ],
  ...[
    'vscode',
    'vscjava',
    'github',
    'golang',
    'google',
    'googlecloudtools',
    'redhat',
    'oracle',
    'ibm',
    'amazonwebservices',
  ],
  ...[
    'hashicorp',
    'docker',
    'mongodb',
    'rust-lang',
    'ziglang',
    'dart-code',
    'denoland',
    'oven',
    'julialang',
    'haskell',
  ],
  ...[
    'scala-lang',
    'scalameta',
    'jakebecker',
    'elixir-lsp',
    'swiftlang',
    'sswg',
    'fwcd',
    'shopify',
    'rubocop',
    'vue',
    'svelte',
  ],
  ...[
    'angular',
    'astro-build',
    'prisma',
    'graphql',
    'bradlc',
    'tailwindlabs',
    'dbaeumer',
    'esbenp',
    'editorconfig',
    'stylelint',
  ],
  ...[
    'davidanson',
    'biomejs',
    'oxc',
    'vitest',
    'orta',
    'charliermarsh',
    'astral-sh',
    'pkief',
    'eamodio',
    'gitlab',
    'sonarsource',
  ],
  ...[
    'snyk-security',
    'trailofbits',
    'semgrep',
    'bufbuild',
    'zxh404',
    'llvm-vs-code-extensions',
    'vadimcn',
    'twxs',
    'tamasfe',
  ],
  ...[
    'timonwong',
    'mads-hartmann',
    'foxundermoon',
    'exiasr',
    'hadolint',
    'nomicfoundation',
    'juanblanco',
    'bazelbuild',
  ],
  ...[
    'anthropic',
    'openai',
    'googlecloudtools',
    'jetbrains',
    'nvidia',
    'quarto',
    'posit',
    'reditorsupport',
    'jnoortheen',
    'mkhl',
  ],
  ...[
    'humao',
    'postman',
    'xdebug',
    'bmewburn',
    'firefox-devtools',
    'streetsidesoftware',
    'timescale',
    'cweijan',
    'pulumi',
    'tim-koehler',
  ],
]);

export default defineRule({
  id: 'untrusted-extension',
  title: 'An extension of a publisher that is not widely known',
  severity: 'low',
  persona: 'regular',
  attacks: ['EXT-01', 'SUP-06'],
  why: `An extension runs beside the editor’s sockets, with everything that the user’s files and tokens are worth, and updates itself.
Some run on the host, whatever the container allows. A publisher’s account that was sold or taken over is enough.`,
  remedy: 'Look at who publishes it and what it does; drop what nobody needs. Accept it by name if you trust it.',
  references: ['https://code.visualstudio.com/docs/configure/extensions/extension-runtime-security'],
  bad: [
    {
      title: 'a single person’s',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "extensions": ["ms-python.python", «"somebody-else.nice-icons"»] } } }',
      },
    },
    {
      title: 'a file, past the marketplace',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "extensions": [«"${containerWorkspaceFolder}/tools/x.vsix"»] } } }',
      },
    },
    {
      title: 'in the old place',
      files: { 'devcontainer.json': '{ "image": "debian", "extensions": [«"unknown.thing@1.0.0"»] }' },
    },
  ],
  good: [
    {
      title: 'their makers’ own, and one that is kept out',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "extensions": ["GitHub.copilot", "rust-lang.rust-analyzer", "-unknown.thing"] } } }',
      },
    },
  ],
  *check({ configurations }) {
    for (const { extensions } of configurations) {
      for (const { value, span } of extensions) {
        if (value.startsWith('-')) continue;
        if (/\.vsix$/i.test(value)) {
          yield {
            at: span,
            confidence: 'high',
            severity: 'medium',
            message: `${value} is installed from a file: no marketplace looked at it`,
          };
          continue;
        }
        const publisher = /^([\w-]+)\.[\w.-]+/.exec(value)?.[1]?.toLowerCase();
        if (publisher !== undefined && !KNOWN.has(publisher))
          yield { at: span, confidence: 'medium', message: `${value}: is ${publisher} somebody you know?` };
      }
    }
  },
});
