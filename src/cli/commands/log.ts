import { defineCommand } from '../command.ts';

export default defineCommand({
  name: 'log',
  summary: 'show what the sidecars allowed, refused and removed',
  description:
    'Reads the audit lines of this folder’s sidecars, oldest first, and checks that none was changed or taken out. Times are UTC. Exits 1 if the chain of lines is broken.',
  options: [
    { flags: '-f, --follow', summary: 'go on as new lines come' },
    { flags: '--json', summary: 'the lines as they are, one JSON object each' },
  ],
  examples: [
    ['cofferdam log', 'everything since the box was made'],
    ['cofferdam log -f', 'watch the agent try'],
    ['cofferdam log --json', 'for jq and the like'],
  ],
  async run({ cwd, options }, terminal) {
    const { log } = await import('../../verbs/log.ts');
    return log(cwd, { follow: options['follow'] === true, json: options['json'] === true }, terminal);
  },
});
