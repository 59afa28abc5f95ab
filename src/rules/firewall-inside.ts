import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

/** Whether a command changes rules, or calls a script that says by its name that it does. */
function setsUp(program: string, args: readonly string[]): boolean {
  if (/^ip6?tables(?:-nft|-legacy)?$/.test(program))
    return args.some((word) => /^(?:-[AIPFDNX]|--(?:append|insert|policy|flush|delete|new-chain))$/.test(word));
  if (program === 'nft') return /^(?:add|flush|insert|-f)$/.test(args[0] ?? '');
  if (program === 'ufw')
    return /^(?:enable|default|allow|deny)$/.test(args.find((word) => !word.startsWith('-')) ?? '');
  return /firewall/i.test(program) && /^[\w.-]+$/.test(program) && !/^firewall-cmd$/.test(program);
}

export default defineRule({
  id: 'firewall-inside',
  title: 'The firewall is set up by the container that it should hold',
  severity: 'medium',
  persona: 'regular',
  attacks: ['RUN-03', 'NET-12', 'NET-04'],
  why: `To set rules the container needs NET_ADMIN, and whoever becomes root in it flushes them with one command. What runs before the
command, the build and the commands for creation, is not filtered; a start without the editor, or an error in the script, leaves all open.`,
  remedy:
    'Put the agent on a network with `internal: true` and let a proxy in another container be the only way out; it needs no capability.',
  references: ['https://docs.docker.com/reference/compose-file/networks/#internal'],
  bad: [
    {
      title: 'a script of the image, at start',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "runArgs": ["--cap-add=NET_ADMIN"], "postStartCommand": "«sudo /usr/local/bin/init-firewall.sh»" }',
      },
    },
    {
      title: 'by hand',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "capAdd": ["NET_ADMIN"], "postStartCommand": "sh .devcontainer/net.sh" }',
        '.devcontainer/net.sh': '«iptables -P OUTPUT DROP»\niptables -A OUTPUT -d 192.0.2.1 -j ACCEPT\n',
      },
    },
  ],
  good: [
    {
      title: 'it only looks',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "capAdd": ["NET_ADMIN"], "postStartCommand": "iptables -L || ipset list" }',
      },
    },
    {
      title: 'in another container',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "c.yaml", "service": "dev" }',
        '.devcontainer/c.yaml':
          'services:\n  dev:\n    image: debian\n    networks: [inner]\n  gate:\n    image: debian\n    cap_add: [NET_ADMIN]\n    command: ["/firewall.sh"]\nnetworks:\n  inner: { internal: true }\n',
      },
    },
  ],
  *check({ configurations }) {
    const seen = new Set<string>();
    for (const { program, args, script, configuration, at } of commands(configurations)) {
      if (script.on !== 'container' || script.hook === 'start' || !setsUp(program, args)) continue;
      const agent = configuration.containers.find(({ role }) => role === 'agent');
      const able =
        agent !== undefined &&
        (flagsOf(agent, 'privileged').length > 0 ||
          flagsOf(agent, 'cap_add').some(({ value }) => /^(?:CAP_)?(?:NET_ADMIN|ALL)$/i.test(value.value)));
      // A script of thirty rules is one firewall.
      if (!able || seen.has(configuration.file)) continue;
      seen.add(configuration.file);
      yield {
        at,
        confidence: 'high',
        message: `${script.hook} sets up a firewall in ${agent.name}, which may also flush it`,
      };
    }
  },
});
