/** A way in which commands are given a password, with the groups `password` and, where there is one, `user`. */
interface Login {
  readonly what: string;
  readonly pattern: RegExp;
}

const WORD = `[^\\s"';&|]+`;
/** Not a pair of ports: `docker run --name mongo -p 27017:27017`. */
const PASSWORD = `["']?(?!\\d+:\\d)(?<password>${WORD})`;
const NAMED = `["']?(?<user>[^\\s:"';&|]+):(?<password>${WORD})`;
/** An option somewhere behind a command, in the same one. */
const option = (command: string, how: string, value: string): RegExp =>
  new RegExp(`\\b(?:${command})\\b[^\\n;&|]{0,200}?\\s(?:${how})${value}`, 'g');
/** What `echo` or `printf` writes to a command that reads it. */
const piped = (said: string, command: string): RegExp =>
  new RegExp(
    `\\b(?:echo|printf)\\s+(?:-\\w+\\s+)?["']?${said}(?:\\\\n)?["']?\\s*\\|\\s*(?:sudo\\s+(?:-\\w+\\s+)?)?(?:${command})`,
    'g',
  );

const LOGS_IN = 'a command logs in with a password that is written out';
const USERS = 'a user’s password is written out';

/** Each as the command's own manual has it; patterns are bounded, none looks back. */
export const LOGINS: readonly Login[] = [
  {
    what: 'a login has its password written out',
    pattern: option('(?:docker|podman|buildah|helm\\s+registry|oras)\\s+login', '(?:-p|--password)[ =]?', PASSWORD),
  },
  // curl(1): `-u NAME:PASSWORD`, also behind other letters.
  { what: LOGS_IN, pattern: option('curl', '-[a-zA-Z#]{0,9}u ?|--user[ =]', NAMED) },
  { what: LOGS_IN, pattern: option('wget', '--(?:http-|ftp-)?password=', PASSWORD) },
  // mysql(1): a password stands right behind -p; a word after a space is the database.
  {
    what: LOGS_IN,
    pattern: option('(?:mysql|mariadb)(?:-?(?:admin|dump|import|check))?', '-p|--password=', PASSWORD),
  },
  { what: LOGS_IN, pattern: option('mongo(?:sh|dump|restore|import|export)?', '-p |--password[ =]', PASSWORD) },
  { what: LOGS_IN, pattern: option('redis-cli', '-a |--pass ', PASSWORD) },
  { what: LOGS_IN, pattern: option('sshpass', '-p ?', PASSWORD) },
  // chpasswd(8) takes `NAME:PASSWORD`; passwd(1) the password, twice where it asks for it.
  { what: USERS, pattern: piped(`(?<user>[^\\s:"';&|]+):(?<password>[^\\s"';&|]+?)`, 'chpasswd\\b') },
  { what: USERS, pattern: new RegExp(`\\bchpasswd\\s*<<<\\s*${NAMED}`, 'g') },
  { what: USERS, pattern: piped(`(?<password>[^\\s"';&|\\\\]+)\\\\n\\k<password>`, 'passwd\\b') },
  { what: USERS, pattern: piped('(?<password>[^\\s"\';&|\\\\]+)', 'passwd\\s+(?:[\\w-]+\\s+)?--stdin\\b') },
  // rabbitmqctl(8): `add_user NAME PASSWORD`; htpasswd(1) with -b: `FILE NAME PASSWORD`, with -n no file.
  {
    what: USERS,
    pattern: new RegExp(`\\brabbitmqctl\\s+(?:add_user|change_password)\\s+(?<user>[\\w.-]+)\\s+${PASSWORD}`, 'g'),
  },
  {
    what: USERS,
    pattern: new RegExp(
      `\\bhtpasswd\\s+-(?=\\w{0,6}b)(?:(?=\\w{0,6}n)\\w{1,7}|\\w{1,7}\\s+\\S{1,200})\\s+(?<user>[\\w.-]+)\\s+${PASSWORD}`,
      'g',
    ),
  },
  {
    what: 'a database user’s password is written out',
    // SQL: `CREATE USER NAME … PASSWORD '…'` (PostgreSQL), `IDENTIFIED BY '…'` (MySQL).
    pattern: /\b(?:USER|ROLE)\s[^\n;|&]{0,120}?\b(?:PASSWORD|BY)\s+\\?'(?<password>[^\s\\';&|]+)/gi,
  },
];
