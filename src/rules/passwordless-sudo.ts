import type { Problem } from '../core/finding.ts';
import type { Fix } from '../core/fix.ts';
import type { Located } from '../core/span.ts';
import { noNewPrivileges, offer } from '../edits/offer.ts';
import { SUDO_IMAGES } from '../model/knowledge.ts';
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
    'Install tools in the Dockerfile and remove sudo: `RUN apt-get purge -y sudo`. With no-new-privileges set, sudo has no effect either.',
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
        ({ name: kind, text }) => kind === 'RUN' && /\b(?:purge|remove|del|erase)\b[^;&|]*\bsudo\b/.test(text),
      );
      if (!removed) {
        const base = build?.chain.at(-1)?.from ?? image;
        if (base && SUDO_IMAGES.test(base.value)) {
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
        const lines = granting(value);
        if (lines.length > 0) yield { at: span, ...told(name, lines), fix: noNewPrivileges(workspace, container) };
      }
      for (const { name: kind, text, heredocs, span, inline } of instructions) {
        if (!/^(?:RUN|COPY|ADD)$/.test(kind)) continue;
        const rules = [text, ...heredocs.map(({ value }) => value)].filter((part) => GRANT.test(part));
        if (rules.length > 0) {
          yield {
            at: span,
            ...told(name, rules),
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

const noNew = ({ value }: Located<Flag>): boolean => /^no-new-privileges(?:[:=]true)?$/.test(value.value);

/** sudoers(5) and doas.conf(5). */
const GRANT = /\bNOPASSWD\b|\bpermit\b[^\n]*\bnopass\b/;

/** Lines that give it, without comments. */
const granting = (text: string): readonly string[] =>
  text.split('\n').filter((line) => GRANT.test(line) && !/^\s*#/.test(line));

function told(name: string, rules: readonly string[]): Omit<Problem, 'at'> {
  const single = rules.every(namesCommands);
  const by = rules.some((rule) => /\bNOPASSWD\b/.test(rule)) ? 'sudo' : 'doas';
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
    for (const line of granting(text)) {
      const at = text.indexOf(line) + line.search(/\S/);
      const place = { file: span.file, start: (start ?? 0) + at, end: (start ?? 0) + at + line.trim().length };
      yield { at: start === undefined ? span : place, ...told(agent.name, [line]), fix };
    }
  }
}

/** Whether every NOPASSWD is for named commands: each is a way to root only where the command has a hole. */
const namesCommands = (text: string): boolean =>
  /\bNOPASSWD\b/.test(text)
    ? [...text.matchAll(/\bNOPASSWD\s*:\s*(\S*)/g)].every(([, command = '']) => command.startsWith('/'))
    : /\bcmd\s+\S/.test(text);

/** Whether a RUN does nothing but write sudo's rules, so that it can go as a whole. */
const onlySudoers = (kind: string, text: string, heredocs: number): boolean =>
  kind === 'RUN' &&
  heredocs === 0 &&
  !text.includes('||') &&
  text.split(/&&|;|\n/).every((part) => part.trim() === '' || /\/etc\/sudoers/.test(part)) &&
  !/\$\(|`/.test(text);
