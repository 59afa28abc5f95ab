import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

const FIREWALL = /^(?:ip6?tables(?:-\w+)?|nft|ipset|ufw)$|firewall/i;

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
      files: { 'devcontainer.json': '{ "image": "debian", "postStartCommand": "iptables -L || true" }' },
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
    for (const { program, script, configuration, at } of commands(configurations)) {
      if (script.on !== 'container' || script.hook === 'start' || !FIREWALL.test(program)) continue;
      const agent = configuration.containers.find(({ role }) => role === 'agent');
      const able =
        agent !== undefined &&
        (flagsOf(agent, 'privileged').length > 0 ||
          flagsOf(agent, 'cap_add').some(({ value }) => /^(?:CAP_)?(?:NET_ADMIN|ALL)$/i.test(value.value)));
      // One for each file: a script of thirty rules is one firewall.
      const key = `${configuration.file} ${at.file}`;
      if (!able || seen.has(key)) continue;
      seen.add(key);
      yield {
        at,
        confidence: 'high',
        message: `${script.hook} sets up a firewall in ${agent.name}, which may also flush it`,
      };
    }
  },
});
