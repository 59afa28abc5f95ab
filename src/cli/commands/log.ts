import { ToolError } from '../../core/errors.ts';
import { defineCommand } from '../command.ts';

export default defineCommand({
  name: 'log',
  summary: 'show what the sidecars allowed, refused and removed',
  description:
    'Reads the audit lines of this folder’s sidecars, or those of a file that a sidecar wrote, oldest first, and checks that none was changed or taken out. Times are UTC. Exits 1 if the chain of lines is broken, 3 if it can’t be read.',
  options: [
    { flags: '-f, --follow', summary: 'go on as new lines come' },
    { flags: '--file <file>', summary: 'what serve --audit-log wrote, with FILE.1 and so on; asks no engine' },
    { flags: '--json', summary: 'the lines as they are, one JSON object each' },
  ],
  examples: [
    ['cofferdam log', 'everything since the box was made'],
    ['cofferdam log -f', 'watch the agent try'],
    ['cofferdam log --json', 'for jq and the like'],
    ['cofferdam log --file /var/log/docker-firewall/audit.log', 'check the log of a firewall that runs alone'],
  ],
  async run({ cwd, options }, terminal) {
    const [follow, json, file] = [options['follow'] === true, options['json'] === true, options['file']];
    if (typeof file === 'string') {
      if (follow) throw new ToolError('usage', '--follow and --file exclude each other.', `tail -F ${file}`);
      return (await import('../../verbs/log-file.ts')).logFile(cwd, file, { json }, terminal);
    }
    return (await import('../../verbs/log.ts')).log(cwd, { follow, json }, terminal);
  },
});
