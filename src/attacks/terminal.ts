import { attacksOf } from './attack.ts';

export default attacksOf('terminal', [
  {
    id: 'UIX-01',
    title: 'URL handlers',
    severity: 'critical',
    summary: 'Links with schemes of their own start programs on the host when they are opened or clicked.',
    residual: 'Links that the person clicks.',
  },
  {
    id: 'UIX-02',
    title: 'The clipboard through the terminal',
    severity: 'medium',
    summary:
      'Output sets the host’s clipboard; what is pasted later may run. Where the terminal answers, output also asks for what is in it (OSC 52) and reads it from its own input.',
    residual:
      'Terminals that allow it and show output that cofferdam does not filter; VS Code’s does both, and no setting for it was found.',
  },
  {
    id: 'UIX-03',
    title: 'Escape sequences in names and logs',
    severity: 'medium',
    summary: 'File names, log lines and commit messages change what a report seems to say.',
    residual: 'Nothing in cofferdam’s own reports; other tools print them as they are.',
  },
]);
