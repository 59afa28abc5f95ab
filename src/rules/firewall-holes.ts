import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

/** Ports that are opened “because everything needs them”, and what goes out through each. */
const HOLES: Readonly<Record<string, string>> = {
  '53': 'DNS to any server carries data out in names and takes orders in answers',
  domain: 'DNS to any server carries data out in names and takes orders in answers',
  '22': 'SSH to any server is a tunnel to anywhere',
  ssh: 'SSH to any server is a tunnel to anywhere',
  '443': 'HTTPS to any server is the whole internet',
  https: 'HTTPS to any server is the whole internet',
  '80': 'HTTP to any server is the whole internet',
  http: 'HTTP to any server is the whole internet',
};

const LIMITS = /^(?:!|-d|--dst|--destination|--match-set|--uid-owner|--gid-owner|--dst-range|-o|--out-interface)$/;

/** The value behind an option; undefined if it is not there. */
const after = (args: readonly string[], option: RegExp): string | undefined => {
  const at = args.findIndex((word) => option.test(word));
  return at < 0 ? undefined : args[at + 1];
};

export default defineRule({
  id: 'firewall-holes',
  title: 'A firewall lets a port out to every address',
  severity: 'medium',
  persona: 'regular',
  attacks: ['NET-02', 'NET-05', 'NET-08'],
  why: `The rule names a port and no address. A server of the attacker’s listens on that port as well as any other: a list of allowed
hosts beside it does not matter any more.`,
  remedy:
    'Name the one server (`-d 127.0.0.11` for Docker’s DNS), send git over HTTPS to the hosts on the list, and let names be resolved by a proxy.',
  references: ['https://github.com/anthropics/claude-code/issues/36907'],
  bad: [
    {
      title: 'DNS and SSH',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian", "postStartCommand": "sh .devcontainer/net.sh" }',
        '.devcontainer/net.sh':
          'iptables -P OUTPUT DROP\n«iptables -A OUTPUT -p udp --dport 53 -j ACCEPT»\n«sudo iptables -A OUTPUT -p tcp --dport 22 -j ACCEPT»\n',
      },
    },
  ],
  good: [
    {
      title: 'to one server, from outside, and refused',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian", "postStartCommand": "sh .devcontainer/net.sh" }',
        '.devcontainer/net.sh':
          'iptables -A OUTPUT -p udp --dport 53 -d 127.0.0.11 -j ACCEPT\niptables -A OUTPUT -o lo -j ACCEPT\niptables -A INPUT -p tcp --dport 22 -j ACCEPT\niptables -A OUTPUT -p tcp --dport 22 -j REJECT\niptables -A OUTPUT -p tcp --dport 443 -m set --match-set allowed dst -j ACCEPT\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { program, args, at } of commands(configurations)) {
      if (!/^ip6?tables(?:-nft|-legacy)?$/.test(program) || args.some((word) => LIMITS.test(word))) continue;
      if (after(args, /^(?:-[AI]|--append|--insert)$/) !== 'OUTPUT' || after(args, /^(?:-j|--jump)$/) !== 'ACCEPT')
        continue;
      const ports = after(args, /^(?:--dports?|--destination-ports?)$/)?.split(',') ?? [];
      const hole = ports.map((port) => HOLES[port]).find((what) => what !== undefined);
      if (hole !== undefined) yield { at, confidence: 'high', message: hole };
    }
  },
});
