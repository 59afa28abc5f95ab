import { child, entries, entry, entrySpan, strings, text } from '../model/tree.ts';
import { base } from '../model/words.ts';
import { defineRule } from './rule.ts';
import { settingsFile } from './support/settings.ts';

const RUNNERS = /^(?:npx|bunx|uvx|pnpx|pipx)$/;

/** The package that a runner fetches, without an exact version. */
function moving(program: string, args: readonly string[]): string | undefined {
  const words = program === 'npm' || program === 'pnpm' || program === 'yarn' ? args.slice(1) : args;
  if (!RUNNERS.test(program) && !/^(?:exec|x|dlx)$/.test(args[0] ?? '')) return undefined;
  const from = words.findIndex((word) => /^(?:--package|-p|--from)$/.test(word));
  const spec = from >= 0 ? words[from + 1] : words.find((word) => !word.startsWith('-') && word !== 'run');
  if (spec === undefined || /^[./~]|^(?:https?|git|file)[:+]|\$\{/.test(spec)) return undefined;
  const version = /==([\s\S]+)$/.exec(spec)?.[1] ?? /^.+?@([^@/]+)$/.exec(spec)?.[1];
  return version !== undefined && /^v?\d+\.\d/.test(version) ? undefined : spec;
}

export default defineRule({
  id: 'unpinned-mcp-server',
  title: 'An MCP server is fetched in whatever version is newest',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SUP-07', 'TAM-16'],
  why: `Each start of an agent fetches and runs it anew, on the host too, with the tokens that its settings hold. A name that was
taken over is enough to run a program on every machine that has the repository.`,
  remedy: 'Write the version (`npx -y @scope/server@1.2.3`), or make it a dependency of the project with a lock file.',
  references: ['https://modelcontextprotocol.io/specification/latest/basic/security_best_practices'],
  bad: [
    {
      title: 'npx',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.mcp.json': '{ "mcpServers": { "fs": { "command": "npx", «"args": ["-y", "@example/server-fs", "."]» } } }',
      },
    },
    {
      title: 'for the editor, latest',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.vscode/mcp.json': '{ "servers": { "x": { "command": "uvx", «"args": ["some-mcp@latest"]» } } }',
      },
    },
  ],
  good: [
    {
      title: 'a version, a program of the project, an address',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.mcp.json':
          '{ "mcpServers": { "a": { "command": "npx", "args": ["-y", "@example/server-fs@1.2.3"] }, "b": { "command": "node", "args": ["tools/mcp.js"] }, "c": { "url": "https://mcp.example.com" }, "d": { "command": "uvx", "args": ["--from", "x==2.0.1", "y"] } } }',
      },
    },
  ],
  *check({ configurations }) {
    for (const configuration of configurations) {
      for (const tree of settingsFile(configuration, /mcp\.json$|^\.gemini\/settings\.json$|^\.claude\/settings/)) {
        for (const { key, value } of [...entries(child(tree, 'mcpServers')), ...entries(child(tree, 'servers'))]) {
          const args = entry(value, 'args');
          const program = base(text(child(value, 'command')) ?? '');
          const spec =
            args &&
            moving(
              program,
              strings(args.value).map((word) => word.value),
            );
          if (args && spec !== undefined)
            yield {
              at: entrySpan(args),
              confidence: 'high',
              message: `${key}: ${program} fetches ${spec} at each start`,
            };
        }
      }
    }
  },
});
