import { attacksOf } from './attack.ts';

export default attacksOf('persistence', [
  {
    id: 'PER-01',
    title: 'A poisoned package store',
    severity: 'critical',
    summary: 'A store that the host and several projects share is edited; the next install elsewhere runs the change.',
    residual: 'Nothing, as long as the store is a volume of this project.',
  },
  {
    id: 'PER-02',
    title: 'Other shared caches',
    severity: 'high',
    summary: 'Caches of other package managers and compilers are trusted in the same way.',
    residual: 'Caches that the user mounts.',
  },
  {
    id: 'PER-03',
    title: 'One agent folder for several projects',
    severity: 'high',
    summary: 'Hooks, plug-ins, memory and tokens of one project take effect in the next.',
    residual: 'What the agent left in its own folder survives a rebuild.',
  },
  {
    id: 'PER-04',
    title: 'Shell history and start files that survive',
    severity: 'medium',
    summary: 'Secrets stay in the history; start files and programs in the home folder survive a rebuild.',
    residual: 'The shell history, where it is kept.',
  },
]);
