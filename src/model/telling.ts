/** The rest of a command, over lines that are continued. */
const REST = '[^;&|]{0,400}?';
/** More than these are telling by themselves: what is behind them is for the parser to say. */
const MANY = '{20}';
const OPTION = String.raw`(?:-\S+\s+|\w+=\S*\s+)`;
const OPTIONS = `${OPTION}{0,20}`;

/**
 * What a rule on commands could be about, as it stands in the text. Each is as narrow as it can be without reading the
 * shell: where none is there nobody needs its parser, which takes longer to load than most audits last.
 */
const TELLING = new RegExp(
  [
    // certificates, signatures, encryption, host keys
    String.raw`curl\s${REST}\s(?:-\w*k|--insecure)|no-check-certificate|sslverify|ssl_no_verify|strict-ssl`,
    'tls_reject_unauthorized|pythonhttpsverify|trusted-host|allow-insecure|allow-unauthenticated|allow-?untrusted',
    'allowinsecure|allowunauthenticated|no-?gpg-?check|gpgcheck=0|siglevel|force-yes|http://(?!localhost|127\\.)',
    'stricthostkeychecking|userknownhostsfile|ssh-keyscan',
    // git
    String.raw`credential(?:\S{0,200}helper|\S{200})|safe\.directory["'=\s\\]+\*|hookspath|husky|lefthook|pre-commit\s+install`,
    // users and modes
    String.raw`chpasswd|passwd\s${REST}(?:-d|--delete)\b|user(?:add|mod)\s${REST}\s(?:-p|--password)|setcap`,
    String.raw`chmod\s+(?:-\S+\s+)${MANY}|chmod\s+(?:-\S+\s+){0,20}(?:[0-7]{0,2}[2367]\b|0?[0-7]{2}[2367]\b|0?[4-7][0-7]{3}\b|[ugoa,]*\+[rwxXst]*[ws])`,
    String.raw`(?:sudo|doas)\s+${OPTION}${MANY}|(?:sudo|doas)\s+${OPTIONS}(?:(?:ba|z|da|k)?sh\s|python|node\s|perl\s|ruby\s|source\s|[\w.$\{}-]*/)`,
    // agents, servers and ways in
    '--(?:allow-)?dangerously|--permission-mode|--approval-mode|--allow-all-tools|--yolo|vscode-(?:ipc|git|ssh|remote)',
    String.raw`sshd|\bssh\s+(?:re)?start|\bssh\s${REST}\s-\w*R|\b(?:dev|local)?tunnel|ngrok|tailscale|zerotier`,
    String.raw`ip6?tables|\bnft\b|\bipset\b|\bufw\b|firewall|--inspect|debugpy|jdwp|\bdlv\b`,
    // packages
    String.raw`(?:npm|bun)\s${REST}\s(?:-g\b|--global|--location)|yarn\s+global|npx\s+${REST}(?:-y|--yes)\b`,
    String.raw`bunx|uvx|pipx|\bdlx\b|@(?:latest|main|master)\b`,
  ].join('|'),
  'i',
);

export const isTelling = (text: string): boolean => TELLING.test(text);
