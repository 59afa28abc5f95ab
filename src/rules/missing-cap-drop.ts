import { addItem, needsCapabilities, offer } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'missing-cap-drop',
  title: 'The agent’s container keeps the default capabilities',
  severity: 'medium',
  persona: 'regular',
  attacks: ['RUN-02'],
  why: `Docker leaves fourteen capabilities in the bounding set, among them those to forge packets, to make device files and to ignore
file permissions. A user without capabilities gets them back through any setuid program.`,
  remedy: 'Drop them all: `cap_drop: [ALL]` in compose, `"runArgs": ["--cap-drop=ALL"]` in devcontainer.json.',
  fixes:
    'Adds `ALL` to `cap_drop` of the service, or `--cap-drop=ALL` to `runArgs`. Unsafe where a lifecycle command or a Feature may need a capability, and where the container works as root or may: without capabilities, root cannot write what other users own.',
  references: ['https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities'],
  bad: [
    { title: 'nothing dropped', files: { 'devcontainer.json': '{ «"image"»: "debian" }' } },
    {
      title: 'only one dropped',
      files: { 'compose.yaml': 'services:\n  «dev»:\n    image: debian\n    cap_drop: [NET_RAW]\n' },
    },
  ],
  good: [
    {
      title: 'in compose',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    cap_drop:\n      - ALL\n' },
    },
    {
      title: 'by docker run',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": ["--cap-drop", "all"] }' },
    },
  ],
  *check(workspace) {
    for (const container of workspace.containers) {
      if (container.role !== 'agent') continue;
      const dropped = flagsOf(container, 'cap_drop').some(
        ({ value }) => value.value.toUpperCase().replace(/^CAP_/, '') === 'ALL',
      );
      if (dropped) continue;
      yield {
        at: container.at,
        confidence: 'high',
        message: `${container.name} does not drop all capabilities`,
        fix: offer(`Drops all capabilities of ${container.name}`, needsCapabilities(workspace, container), [
          addItem(container, 'cap_drop', 'ALL'),
        ]),
      };
    }
  },
});
