import type { Located } from '../core/span.ts';
import type { RawScript } from './reader.ts';
import type { ShellFacts } from './shell.ts';
import type { Script } from './workspace.ts';

const DOWNLOAD = /\b(?:curl|wget|fetch|aria2c|https?|iwr)\b/i;
/** Something that could execute, or keep, what a download prints. */
const PASSED_ON = /[^|]\|(?!\|)|[`>]|<\(|\$\(|\s-\w*[oO]\b|--output/;

/** Words of commands that a rule looks at. They are few, so that most repositories do without the parser. */
const TELLING = new RegExp(
  [
    String.raw`\s-\w*k\w*\s|--insecure|no-check-certificate|no-verify-ssl|sslverify|ssl_no_verify|strict-ssl|tls_reject_unauthorized`,
    'trusted-host|allow-unauthenticated|allow-insecure|allow-untrusted|no-?gpg-?check|force-yes',
    'stricthostkeychecking|ssh-keyscan|credential\\.|safe\\.directory|hookspath',
    'husky|lefthook|simple-git-hooks|pre-commit|chpasswd|useradd|adduser|usermod|passwd|setcap|setfacl|chmod',
    'dangerously|yolo|full-auto|skip-permissions|allow-all|bypass|never|sshd|ssh\\s+start|tunnel|ngrok|tailscale',
    String.raw`npx|bunx|uvx|pipx|\bdlx\b|@latest|\s-g\b|--global|global add|http:\/\/|sudo|iptables|nft\b|firewall|--inspect|debugpy`,
    'vscode-(?:ipc|git|ssh|remote)',
  ].join('|'),
  'i',
);

/** Whether the shell text could hold a fact that a rule asks for. The parser takes longer to load than most audits last. */
const needsParser = ({ hook, text: line, words }: RawScript): boolean =>
  (DOWNLOAD.test(line) && PASSED_ON.test(line)) ||
  TELLING.test(line) ||
  (hook === 'initializeCommand' && !plainWords(words));

/** A list of words that is no `sh -c TEXT`: one command, as it stands. */
const plainWords = (words: RawScript['words']): words is readonly string[] =>
  words !== undefined && !words.some((word) => /^-[a-z]*c$/.test(word));

/** Adds what the shell text does. */
export async function withFacts(scripts: readonly RawScript[]): Promise<readonly Located<Script>[]> {
  const parse = scripts.some(needsParser) ? (await import('./shell.ts')).shellFacts : undefined;
  return scripts.map((script) => {
    const { hook, on, words, text: line, span, start } = script;
    const facts: ShellFacts =
      parse && needsParser(script)
        ? parse(line, span.file, start ?? 0)
        : { commands: plainWords(words) ? [{ value: words, span }] : [], piped: [] };
    const place = <T>(located: Located<T>): Located<T> => (start === undefined ? { ...located, span } : located);
    const shell = { commands: facts.commands.map(place), piped: facts.piped.map(place) };
    return { value: { hook, on, words, text: line, shell }, span };
  });
}
