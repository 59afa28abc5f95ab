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
]);
