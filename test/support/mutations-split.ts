import type { Compose, Mutation, Volume } from './mutations.ts';

const volume = ({ services }: Compose, service: 'agent' | 'editor', source: string): Volume => {
  const found = services[service]?.volumes.find((one) => one.source === source);
  if (!found) throw new Error(`${service} has no volume ${source}`);
  return found;
};

/** What keeps the editor's container and the agent's apart in topology `split`, as `MUTATIONS`. */
export const SPLIT_MUTATIONS: readonly Mutation[] = [
  {
    control: 'a network of the editor’s own',
    group: 'apart',
    compose({ services }) {
      if (services.editor) services.editor.networks = ['default'];
    },
    breached: ['editor-separate', 'editor-tcp'],
  },
  {
    control: 'a /tmp of the editor’s own',
    group: 'apart',
    compose(compose) {
      volume(compose, 'editor', 'editor-tmp').source = 'tmp';
    },
    breached: ['editor-separate'],
  },
  {
    control: 'processes of the editor’s own',
    group: 'apart',
    compose({ services }) {
      if (services.editor) services.editor.pid = 'service:agent';
    },
    breached: ['editor-separate', 'guard-unreachable'],
  },
  {
    control: 'the read-only folder of the editor’s key',
    group: 'apart',
    compose(compose) {
      delete volume(compose, 'agent', 'editor-keys').read_only;
    },
    breached: ['editor-key', 'editor-separate'],
  },
  {
    control: 'an sshd that forwards nothing',
    group: 'apart',
    files: {
      'image/sshd_config': (text) => {
        if (!text.includes('\nDisableForwarding yes\n')) throw new Error('no DisableForwarding');
        return text.replace('DisableForwarding yes\n', '');
      },
    },
    breached: ['editor-forwarding'],
  },
];
