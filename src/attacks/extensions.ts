import { attacksOf } from './attack.ts';

export default attacksOf('extensions', [
  {
    id: 'EXT-01',
    title: 'An extension is pushed to the host',
    severity: 'high',
    summary:
      'Recommendations, configuration or the editor’s socket bring an extension into the part of the editor that runs on the host.',
    residual: 'Extensions that the user agrees to install.',
  },
  {
    id: 'EXT-02',
    title: 'Workspace Trust is off or too wide',
    severity: 'high',
    summary: 'Reopening in a container asks to trust the local folder, so opening it locally later is trusted too.',
    residual: 'Open: the user’s own editor decides about trust.',
  },
]);
