import { needsPower, removal } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'privileged',
  title: 'A container is privileged',
  severity: 'critical',
  persona: 'regular',
  attacks: ['RUN-01', 'KRN-03'],
  why: `A privileged container has every capability, all devices and no filters. Root in it mounts the host’s disks or makes the
kernel run a program on the host.`,
  remedy: 'Remove it, and add the one capability or device that was needed, if any.',
  fixes:
    'Takes the key or the option out. Unsafe in other services than the agent’s, and where a lifecycle command or a Feature may need the power.',
  references: ['https://docs.docker.com/reference/compose-file/services/#privileged'],
  bad: [
    {
      title: 'in compose',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    «privileged: true»\n' },
    },
    { title: 'in devcontainer.json', files: { 'devcontainer.json': '{ "image": "debian", «"privileged": true» }' } },
    {
      title: 'as an argument of docker run',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--privileged=true"»] }' },
    },
    {
      title: 'through a Feature that brings an engine',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "features": { «"ghcr.io/devcontainers-extra/features/localstack:1"»: {} } }',
      },
    },
    {
      title: 'through docker-in-docker, however it is written',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "features": { «"GHCR.io/devcontainers/features/Docker-In-Docker:2"»: {} } }',
      },
    },
    {
      title: 'by the label of its image (told with --pedantic)',
      files: { 'devcontainer.json': '{ "image": «"mcr.microsoft.com/devcontainers/universal:2"» }' },
    },
    {
      title: 'through an override file',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": ["a.yaml", "b.yaml"], "service": "dev" }',
        '.devcontainer/a.yaml': 'services:\n  dev:\n    image: debian\n    privileged: false\n',
        '.devcontainer/b.yaml': 'services:\n  dev:\n    «privileged: true»\n',
      },
    },
  ],
  good: [
    {
      title: 'switched off',
      files: { 'devcontainer.json': '{ "image": "debian", "privileged": false, "runArgs": ["--privileged=false"] }' },
    },
    {
      title: 'in a comment',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    # privileged: true\n' },
    },
  ],
  *check(workspace) {
    for (const container of workspace.containers) {
      for (const { value, span } of flagsOf(container, 'privileged')) {
        const against = needsPower(workspace, container);
        yield {
          at: span,
          // Not in the files: what the image says of itself may change with it.
          confidence: value.by ? 'medium' : 'high',
          message: `${container.name} is privileged${value.by ? ' by the label of its image' : ''}`,
          ...removal(container, span, `${container.name} is no longer privileged`, against),
        };
      }
    }
  },
});
