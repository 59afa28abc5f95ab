import { attacksOf } from './attack.ts';

export default attacksOf('supply', [
  {
    id: 'SUP-01',
    title: 'Tags that move',
    severity: 'high',
    summary: 'An image named by tag can be another one tomorrow; nobody sees the change.',
    residual: 'Until a registry could be asked, base images are named by version tag.',
  },
  {
    id: 'SUP-02',
    title: 'Images and Features that grant power',
    severity: 'critical',
    summary:
      'Metadata of a base image or a Feature adds privileges, mounts and commands without a word in the repository.',
    residual: 'Metadata of images that were not pulled yet.',
  },
  {
    id: 'SUP-03',
    title: 'Downloaded scripts that are run at once',
    severity: 'high',
    summary: 'What a server answers at that moment is executed, without a version or a checksum.',
    residual: 'Nothing in the generated files.',
  },
  {
    id: 'SUP-04',
    title: 'Install scripts and worms',
    severity: 'high',
    summary: 'Scripts that run when a package is installed collect credentials and spread with them.',
    residual:
      'The agent can ask for the scripts, and code runs at build and test time too; what it can reach is the box.',
  },
  {
    id: 'SUP-05',
    title: 'Fresh, misspelt or invented packages',
    severity: 'medium',
    summary: 'An agent installs a name it made up, or a version that was published an hour ago.',
    residual:
      'The agent can ask for what was just published, and a name that was made up may be old; the box limits what it reaches.',
  },
  {
    id: 'SUP-06',
    title: 'Editor extensions without a version',
    severity: 'high',
    summary: 'Extensions update themselves and run beside the editor’s sockets.',
    residual: 'Extensions that the user installs.',
  },
  {
    id: 'SUP-07',
    title: 'Plug-in markets, MCP servers by npx, dotfiles',
    severity: 'high',
    summary: 'Code that is fetched at start by agents, or by the user’s dotfiles setting, runs in every container.',
    residual: 'What the user’s own editor settings bring into each container.',
  },
]);
