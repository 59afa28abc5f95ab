import { noNewPrivileges } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'missing-no-new-privileges',
  title: 'Setuid programs work in the agent’s container',
  severity: 'medium',
  persona: 'regular',
  attacks: ['RUN-04'],
  why: `Without no-new-privileges, sudo, su and every other setuid program of the image can make the agent root, and root undoes
what else protects the container.`,
  remedy:
    'Set it: `security_opt: ["no-new-privileges:true"]` in compose, `"securityOpt": ["no-new-privileges"]` in devcontainer.json.',
  fixes:
    'Adds it to `security_opt` of the service, or to `securityOpt`. Unsafe where a lifecycle command uses sudo or another program that needs root, or a Feature may.',
  references: ['https://docs.kernel.org/userspace-api/no_new_privs.html'],
  bad: [
    { title: 'not set', files: { 'devcontainer.json': '{ «"image"»: "debian" }' } },
    {
      title: 'set to false',
      files: {
        'compose.yaml': 'services:\n  «dev»:\n    image: debian\n    security_opt: ["no-new-privileges:false"]\n',
      },
    },
  ],
  good: [
    {
      title: 'in devcontainer.json',
      files: { 'devcontainer.json': '{ "image": "debian", "securityOpt": ["no-new-privileges"] }' },
    },
    {
      title: 'in compose',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    security_opt:\n      - no-new-privileges:true\n',
      },
    },
    {
      title: 'by docker run',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": ["--security-opt=no-new-privileges=true"] }' },
    },
  ],
  *check(workspace) {
    for (const container of workspace.containers) {
      if (container.role !== 'agent') continue;
      const set = flagsOf(container, 'security_opt').some(({ value }) =>
        /^no-new-privileges(?:[:=]true)?$/.test(value.value),
      );
      if (set) continue;
      yield {
        at: container.at,
        confidence: 'high',
        message: `${container.name} does not set no-new-privileges`,
        fix: noNewPrivileges(workspace, container),
      };
    }
  },
});
