import { attacksOf } from './attack.ts';

export default attacksOf('credentials', [
  {
    id: 'CRD-01',
    title: 'The SSH agent is forwarded',
    severity: 'critical',
    summary:
      'The editor forwards the host’s SSH agent by itself; whoever reaches its socket signs with the user’s keys.',
    residual:
      'An editor started with an agent forwards it. Topology `split` keeps it from the agent; in one container only the guard removes its socket, a moment later.',
  },
  {
    id: 'CRD-02',
    title: 'The GPG agent is forwarded',
    severity: 'high',
    summary: 'With gpg on both sides the editor brings the host’s GPG agent in, which signs and decrypts as the user.',
    residual: 'The editor’s extension may add other paths.',
  },
  {
    id: 'CRD-03',
    title: 'Git’s HTTPS credentials through the editor',
    severity: 'critical',
    summary:
      'The editor installs a credential helper and askpass programs that answer with the host’s tokens for any server that git names.',
    residual: 'The editor rewrites its settings at each attach, so this must be checked in the running box.',
  },
  {
    id: 'CRD-04',
    title: 'The registry credential helper',
    severity: 'high',
    summary:
      'The editor writes a helper into the container’s Docker configuration that answers with the host’s registry logins.',
    residual: 'Little: no Docker client configuration is writable for it.',
  },
  {
    id: 'CRD-05',
    title: 'The host’s git configuration is copied or mounted',
    severity: 'medium',
    summary: 'Tokens in rewritten URLs and headers, paths of credential files and private addresses come along.',
    residual: 'Nothing, as long as only name and e-mail are set.',
  },
  {
    id: 'CRD-06',
    title: 'Host environment variables are passed through',
    severity: 'high',
    summary:
      'A variable taken from the host is readable by every process in the container, and often in image layers and descriptions.',
    residual: 'The agent needs some credential of its own.',
  },
  {
    id: 'CRD-07',
    title: 'The agent’s own token can be read and used elsewhere',
    severity: 'high',
    summary: 'The install script of a dependency reads the token file of the coding agent and sends it away.',
    residual: 'Accepted: the agent’s token is readable by the agent. Use one that can be revoked and has little scope.',
  },
  {
    id: 'CRD-08',
    title: 'Reading environment and memory of processes of the same user',
    severity: 'high',
    summary:
      '/proc and ptrace show the secrets and socket paths of every process that runs as the same user, the editor’s server included.',
    residual: 'Editor and agent share a user in topology `attached`.',
  },
  {
    id: 'CRD-09',
    title: 'Secrets lying in the workspace',
    severity: 'medium',
    summary: 'Environment files, keys and state files in the repository, or in its history, are simply read.',
    residual: 'Accepted: the workspace is readable, its .env files included.',
  },
  {
    id: 'CRD-10',
    title: 'Forwarding “switched off” in a scope where it has no effect',
    severity: 'high',
    summary:
      'Settings that the editor reads on the host are written into the container’s settings, so that a configuration looks hardened and is not.',
    residual: 'Must be measured for each editor version.',
  },
]);
