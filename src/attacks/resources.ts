import { attacksOf } from './attack.ts';

export default attacksOf('resources', [
  {
    id: 'RES-01',
    title: 'Fork bomb',
    severity: 'medium',
    summary: 'Processes are started without end until the host can start none.',
    residual: 'The container’s own processes can be starved.',
  },
  {
    id: 'RES-02',
    title: 'Memory, processor and swap',
    severity: 'medium',
    summary: 'The host is slowed down, or its other programs are ended for lack of memory.',
    residual: 'The share that the limits allow.',
  },
  {
    id: 'RES-03',
    title: 'Disk, inodes and logs',
    severity: 'medium',
    summary: 'The workspace, the image layer or the engine’s logs fill the disk.',
    residual:
      'A bind mount has no quota: the workspace’s disk can be filled. The sidecars’ logs keep a fixed size; repeats are counted in place of lines, so that pushing older lines out takes days.',
  },
  {
    id: 'RES-04',
    title: 'Spending',
    severity: 'low',
    summary: 'A loop on the model’s API burns money or quota.',
    residual: 'Open: set a budget where the token is issued.',
  },
  {
    id: 'RES-05',
    title: 'What the kernel counts by user',
    severity: 'low',
    summary:
      'All inotify instances that the kernel grants a user are taken; processes of the same number elsewhere get none: the host user’s editor and build watchers, the editor’s container.',
    residual:
      'Open: the agent has the number of the host’s user, and a container does not divide what is counted by it (inotify(7)). The guard then looks in place of watching, and says that it is not well.',
  },
]);
