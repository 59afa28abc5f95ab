import type { Problem } from '../core/finding.ts';
import type { Fix } from '../core/fix.ts';
import type { Located } from '../core/span.ts';
import { noNewPrivileges, offer } from '../edits/offer.ts';
import { shipsSudo } from '../model/knowledge.ts';
import { takenBack } from '../model/sudoers.ts';
import { type Configuration, type Container, type Flag, flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'passwordless-sudo',
  title: 'The agent’s user becomes root by sudo',
  severity: 'high',
  persona: 'regular',
  attacks: ['RUN-04', 'RUN-03'],
  why: `sudo without a password makes “runs as a normal user” an empty promise: root rewrites the start files, installs what it likes,
flushes firewalls set inside, and has more of the kernel to attack.`,
  remedy:
    'Install tools in the Dockerfile and remove sudo (`RUN apt-get purge -y sudo`) or doas. With no-new-privileges set, neither has an effect.',
  fixes:
    'Takes a RUN out that does nothing but write sudo’s rules, which is unsafe: what uses sudo fails. Otherwise sets no-new-privileges, which leaves sudo without effect; unsafe where a lifecycle command uses it.',
  references: ['https://github.com/devcontainers/features/tree/main/src/common-utils'],
  bad: [
    {
      title: 'written by the Dockerfile',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\n«RUN echo "dev ALL=(root) NOPASSWD:ALL" > /etc/sudoers.d/dev»\nUSER dev\n',
      },
    },
    {
      title: 'by a file of rules, a script that RUN calls, a lifecycle command',
      files: {
        'devcontainer.json':
          '{ "build": { "dockerfile": "Dockerfile" }, "postCreateCommand": "«sudo sh -c \'echo dev ALL=NOPASSWD:ALL > /etc/sudoers.d/d\'»" }',
        Dockerfile: 'FROM debian\n«COPY rules /etc/sudoers.d/dev»\nCOPY setup.sh /tmp/\nRUN bash /tmp/setup.sh\n',
        rules: 'dev ALL=(ALL) NOPASSWD: ALL\n',
        'setup.sh': '# no NOPASSWD here\n«echo "x ALL=(ALL) NOPASSWD:ALL" >> /etc/sudoers»\n',
      },
    },
    {
      title: 'with other rules taken back, or before',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\nRUN rm -f /etc/sudoers.d/a\n«RUN echo "a ALL=NOPASSWD:ALL" > /etc/sudoers.d/a»\nRUN rm /etc/sudoers.d/b\n',
      },
    },
    {
      title: 'part of the base image',
      files: { 'devcontainer.json': '{ "image": «"mcr.microsoft.com/devcontainers/base:ubuntu"» }' },
    },
    {
      title: 'part of the Dockerfile’s base image',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'ARG VARIANT=22\nFROM «mcr.microsoft.com/devcontainers/javascript-node:${VARIANT}»\n',
      },
    },
    {
      title: 'through a Feature',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "features": { «"ghcr.io/devcontainers/features/common-utils:2"»: {} } }',
      },
    },
    {
      title: 'doas, which does the same',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM alpine\n«RUN echo "permit nopass :wheel as root" > /etc/doas.d/doas.conf»\nUSER dev\n',
      },
    },
    {
      title: 'doas by a file of rules, one of which is for everything',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM alpine\n«COPY doas.conf /etc/doas.conf»\nUSER dev\n',
        'doas.conf': '# permit nopass\npermit nopass dev as root cmd apk\npermit nolog nopass :wheel\n',
      },
    },
    {
      title: 'an image that is built on one of those',
      files: { 'devcontainer.json': '{ "image": «"ghcr.io/home-assistant/devcontainer:2-apps"» }' },
    },
  ],
  good: [
    {
      title: 'no-new-privileges takes its effect away',
      files: {
        'devcontainer.json':
          '{ "image": "mcr.microsoft.com/devcontainers/base:ubuntu", "securityOpt": ["no-new-privileges"] }',
      },
    },
    {
      title: 'removed again',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM mcr.microsoft.com/devcontainers/base:debian\nRUN apt-get purge -y sudo\n',
      },
    },
    {
      title: 'only while the image is built',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\nARG U=dev\nRUN useradd $U && echo "$U ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/$U && chmod 0440 /etc/sudoers.d/$U\nUSER dev\nRUN make install\nUSER root\nRUN rm -f "/etc/sudoers.d/$U"\nUSER dev\n',
      },
    },
    {
      title: 'doas with a password, and words about it',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM alpine\nRUN apk add doas && echo "permit persist :wheel" > /etc/doas.conf\nRUN echo "we do not permit anything nopass here" > /etc/motd\nRUN <<EOF cat >> /etc/doas.conf\n# permit nopass :wheel\nEOF\nUSER dev\n',
      },
    },
    {
      title: 'only in a comment',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\n# no NOPASSWD here\nRUN true\n',
      },
    },
  ],
  *check(workspace) {
    for (const configuration of workspace.configurations) {
      const agents = configuration.containers.filter(({ role }) => role === 'agent');
      const [agent] = agents;
      if (agents.length === 1 && agent && !flagsOf(agent, 'security_opt').some(noNew)) {
        yield* inScripts(configuration, agent, noNewPrivileges(workspace, agent));
      }
    }
    for (const container of workspace.containers) {
      if (container.role !== 'agent') continue;
      if (flagsOf(container, 'security_opt').some(noNew)) continue;
      const { name, image, build, features } = container;
      const instructions = (build?.chain ?? []).flatMap((stage) => stage.instructions);
      const removed = instructions.some(
        ({ name: kind, text }) => kind === 'RUN' && text.split(/[;&|]/).some(removesSudo),
      );
      if (!removed) {
        const base = build?.chain.at(-1)?.from ?? image;
        if (base && shipsSudo(base.value)) {
          yield {
            at: base.span,
            confidence: 'high',
            message: `${name}: the image ships sudo without a password`,
            fix: noNewPrivileges(workspace, container),
          };
        }
        for (const { value, span } of features) {
          if (/\/common-utils$/.test(value.id)) {
            yield {
              at: span,
              confidence: 'medium',
              message: `${name}: the Feature gives the user sudo without a password`,
              fix: noNewPrivileges(workspace, container),
            };
          }
        }
      }
      for (const { value, span } of build?.sudoers ?? []) {
        const given = grants(value.text, value.target);
        if (given.length > 0) yield { at: span, ...told(name, given), fix: noNewPrivileges(workspace, container) };
      }
      const gone = takenBack(build);
      for (const instruction of instructions) {
        const { name: kind, text, heredocs, span, inline } = instruction;
        if (!/^(?:RUN|COPY|ADD)$/.test(kind)) continue;
        if (gone.has(instruction)) continue;
        const given = [text, ...heredocs.map(({ value }) => value)].flatMap((part) => grants(part, `${text}\n${part}`));
        if (given.length > 0) {
          yield {
            at: span,
            ...told(name, given),
            fix:
              !inline && onlySudoers(kind, text, heredocs.length)
                ? offer('Takes the instruction out', 'later instructions and lifecycle commands that use sudo fail', [
                    { kind: 'remove', at: span },
                  ])
                : noNewPrivileges(workspace, container),
          };
        }
      }
    }
  },
});

/** `apt-get purge -y sudo`; not `sudo apt-get remove nano`. */
function removesSudo(command: string): boolean {
  const at = command.search(/\b(?:purge|remove|del|erase)\b/);
  return at >= 0 && /\bsudo\b/.test(command.slice(at));
}

const noNew = ({ value }: Located<Flag>): boolean => /^no-new-privileges(?:[:=]true)?$/.test(value.value);

interface Grant {
  readonly by: 'sudo' | 'doas';
  /** Only for commands that it names: each is a way to root where the command has a hole. */
  readonly named: boolean;
}

const DOAS = /\bpermit(?:\s+(?:nolog|persist|keepenv|setenv\s*\{[^{}]*\}))*\s+nopass\b(.*)/;

/**
 * What a text gives without a password, rule by rule (sudoers(5), doas.conf(5)). `about`: what the text is part of; rules
 * of doas have no word of their own, so it must name doas.
 */
const grants = (text: string, about = text): readonly Grant[] => grantsOf(text, namesDoas(about));

const namesDoas = (text: string): boolean => /\bdoas\b/.test(text);

function grantsOf(text: string, doas: boolean): readonly Grant[] {
  return text.split(/\n|\\n|&&|\|\||;/).flatMap((rule): Grant[] => {
    if (/^\s*#/.test(rule)) return [];
    const sudo = [...rule.matchAll(/\bNOPASSWD\s*:\s*(\S*)/g)];
    if (sudo.length > 0) return [{ by: 'sudo', named: sudo.every(([, command = '']) => command.startsWith('/')) }];
    const [, rest] = (doas && DOAS.exec(rule)) || [];
    return rest === undefined ? [] : [{ by: 'doas', named: /\bcmd\s+\S/.test(rest) }];
  });
}

function told(name: string, given: readonly Grant[]): Omit<Problem, 'at'> {
  const single = given.every(({ named }) => named);
  const by = [...new Set(given.map((one) => one.by))].join(' and ');
  const message = `${name}: ${by} is allowed without a password${single ? ', for the commands that are named' : ''}`;
  return single ? { message, confidence: 'medium', severity: 'medium' } : { message, confidence: 'high' };
}

/** Lifecycle commands, and scripts that they, RUN or a Feature call; RUN itself is an instruction. */
function* inScripts({ scripts, containers }: Configuration, agent: Container, fix: Fix): Iterable<Problem> {
  const dockerfiles = containers.map(({ build }) => build?.dockerfile.file);
  for (const { value: script, span } of scripts) {
    const { on, hook, text, start } = script;
    const elsewhere = on === 'host' || (hook === 'start' && containers.length > 1);
    if (elsewhere || (hook === 'build' && (dockerfiles.includes(span.file) || /\.ya?ml$/.test(span.file)))) continue;
    const doas = namesDoas(text);
    for (const { 0: line, index } of text.matchAll(/[^\n]+/g)) {
      const given = grantsOf(line, doas);
      if (given.length === 0) continue;
      const at = index + line.search(/\S/);
      const place = { file: span.file, start: (start ?? 0) + at, end: (start ?? 0) + at + line.trim().length };
      yield { at: start === undefined ? span : place, ...told(agent.name, given), fix };
    }
  }
}

/** Whether a RUN does nothing but write sudo's rules, so that it can go as a whole. */
const onlySudoers = (kind: string, text: string, heredocs: number): boolean =>
  kind === 'RUN' &&
  heredocs === 0 &&
  !text.includes('||') &&
  text.split(/&&|;|\n/).every((part) => part.trim() === '' || /\/etc\/sudoers/.test(part)) &&
  !/\$\(|`/.test(text);
