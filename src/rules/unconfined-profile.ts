import { needsPower, removal } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

const OFF: readonly (readonly [RegExp, string])[] = [
  [/^seccomp[:=]unconfined$/i, 'the system call filter'],
  [/^apparmor[:=]unconfined$/i, 'AppArmor'],
  [/^label[:=]disable$/i, 'SELinux'],
  [/^systempaths[:=]unconfined$/i, 'the masking of kernel files'],
];

export default defineRule({
  id: 'unconfined-profile',
  title: 'A security profile is switched off',
  severity: 'high',
  persona: 'regular',
  attacks: ['RUN-06', 'KRN-01'],
  why: `The default profiles keep some fifty system calls and the kernel’s own files away from containers. Most published escapes need
one of them. Debuggers have worked under the default profile since Linux 4.8.`,
  remedy: 'Remove the option. If a program needs one more system call, write a profile that adds only that one.',
  fixes:
    'Takes the option out; what a Feature brings stays. Unsafe in other services than the agent’s, and where a lifecycle command or a Feature may need it.',
  references: ['https://docs.docker.com/engine/security/seccomp/'],
  bad: [
    {
      title: 'in compose',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    security_opt:\n      - «seccomp:unconfined»\n',
      },
    },
    {
      title: 'as words of docker run',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--security-opt", "apparmor=unconfined"»] }' },
    },
    {
      title: 'through a Feature',
      files: {
        'devcontainer.json': '{ "image": "debian", "features": { «"ghcr.io/devcontainers/features/go:1"»: {} } }',
      },
    },
  ],
  good: [
    {
      title: 'a profile of one’s own',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    security_opt: ["seccomp=./seccomp.json"]\n' },
    },
  ],
  *check(workspace) {
    for (const container of workspace.containers) {
      for (const { value, span } of flagsOf(container, 'security_opt')) {
        const off = OFF.find(([pattern]) => pattern.test(value.value));
        if (!off) continue;
        yield {
          at: span,
          confidence: value.by ? 'medium' : 'high',
          message: `${container.name} runs without ${off[1]} (${value.value}${value.by ? ', by the label of its image' : ''})`,
          ...removal(container, span, `${container.name} gets ${off[1]} back`, needsPower(workspace, container)),
        };
      }
    }
  },
});
