import { defineRule } from './rule.ts';

/**
 * Makers of languages, platforms and of the tools that their extensions are for, and publishers of an extension with
 * millions of installations in the marketplace, which shows the figure: many would notice a bad one. A name that is not
 * among them says nothing bad, only that somebody should look. Compared in lower case, as the marketplace does.
 */
const KNOWN = new Set(
  `
aaron-bond alefragnani amazonwebservices angular anthropic astral-sh astro-build azurepolicy azureterraform azurite bazelbuild
batisteo bierner biomejs bmewburn bradlc bufbuild charliermarsh christian-kohler continue cweijan dart-code davidanson dbaeumer denoland docker dotjoshjohnson dracula-theme
eamodio editorconfig elixir-lsp esbenp exiasr factory firefox-devtools formulahendry foxundermoon fwcd github gitlab golang
google googlecloudtools graphql gruntfuggly hadolint hashicorp haskell humao ibm ionide jakebecker jetbrains jnoortheen
juanblanco julialang koichisasada kevinrose llvm-vs-code-extensions mads-hartmann matklad mechatroner mhutchie microsoft mikestead mkhl mongodb msjsdiag mtxr ms-azure-devops
ms-azure-load-testing ms-azuretools ms-ceintl ms-dotnettools ms-edgedevtools ms-kubernetes-tools ms-mssql ms-ossdata
ms-playwright ms-python ms-sarifvscode ms-semantic-kernel ms-toolsai ms-vscode ms-vscode-remote ms-vsliveshare
ms-vsts ms-windows-ai-studio msazurermtools njpwerner nomicfoundation nvidia ocamllabs openai oracle orta oven oxc pkief posit
postman prisma pulumi quarto rangav rebornix redhat reditorsupport ritwickdey rubocop rust-lang scala-lang scalameta semgrep shopify
snyk-security sonarsource sswg streetsidesoftware stylelint svelte swiftlang tailwindlabs tamasfe teamsdevapp
tfsec tim-koehler timescale timonwong trailofbits twxs typespec usernamehw vadimcn visualstudioexptteam
visualstudiotoolsforunity vitest vmware vscjava vscode vscode-icons-team vscodevim vue wix xdebug yzhang zhuangtongfa ziglang zxh404
`.split(/\s+/),
);

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
          '{ "image": "debian", "customizations": { "vscode": { "extensions": ["GitHub.copilot", "rust-lang.rust-analyzer", "Gruntfuggly.todo-tree", "-unknown.thing"] } } }',
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
