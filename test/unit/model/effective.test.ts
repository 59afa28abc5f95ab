import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../../src/model/files.ts';
import { readWorkspace } from '../../../src/model/read.ts';
import { flagsOf } from '../../../src/model/workspace.ts';

/** The first container, and why something was not checked. */
async function first(files: Record<string, string>) {
  const { workspace } = await readWorkspace(memoryFiles(files));
  const [container] = workspace.containers;
  if (!container) throw new Error(`no container: ${workspace.notChecked.map(({ reason }) => reason).join()}`);
  return { container, workspace, reasons: workspace.notChecked.map(({ reason }) => reason) };
}

const flags = (container: Parameters<typeof flagsOf>[0], name: string) =>
  flagsOf(container, name).map(({ value }) => value.value);

describe('what an image brings along', () => {
  it('is its user, before the USER of a Dockerfile and behind remoteUser', async () => {
    const Dockerfile = 'FROM mcr.microsoft.com/devcontainers/python:3\nUSER root\n';
    const build = '"build": { "dockerfile": "Dockerfile" }';
    const { container } = await first({ 'devcontainer.json': `{ ${build} }`, Dockerfile });
    expect(container.user?.value).toBe('vscode');
    expect(container.user?.span.file).toBe('Dockerfile');
    const other = await first({ 'devcontainer.json': `{ ${build}, "remoteUser": "root" }`, Dockerfile });
    expect(other.container.user?.value).toBe('root');
    const contained = await first({ 'devcontainer.json': `{ ${build}, "containerUser": "root" }`, Dockerfile });
    expect(contained.container.user?.value).toBe('vscode');
  });

  it('are capabilities that its label adds, at the name of the image', async () => {
    const text = '{ "image": "mcr.microsoft.com/devcontainers/cpp:1" }';
    const { container, reasons } = await first({ 'devcontainer.json': text });
    expect(flags(container, 'cap_add')).toEqual(['SYS_PTRACE']);
    expect(flags(container, 'security_opt')).toEqual(['seccomp=unconfined']);
    const span = container.flags[0]?.span;
    expect(span && text.slice(span.start, span.end)).toBe('"mcr.microsoft.com/devcontainers/cpp:1"');
    expect(reasons).toEqual([]);
  });

  it('is unknown for other images, and listed', async () => {
    const { reasons } = await first({ 'devcontainer.json': '{ "image": "example.com/team/box:1" }' });
    expect(reasons).toEqual([expect.stringContaining('by its label devcontainer.metadata')]);
  });

  it('counts for the service that the agent works in only', async () => {
    const { workspace } = await first({
      '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "c.yaml", "service": "dev" }',
      '.devcontainer/c.yaml':
        'services:\n  dev: { image: debian }\n  other: { image: "mcr.microsoft.com/devcontainers/cpp:1" }\n',
    });
    expect(workspace.containers.flatMap((container) => flags(container, 'cap_add'))).toEqual([]);
    expect(workspace.notChecked).toEqual([]);
  });
});

describe('variables', () => {
  it.each([
    ['of the host in an image', { 'devcontainer.json': '{ "image": "${localEnv:IMAGE}" }' }],
    [
      'in FROM without a value',
      { 'devcontainer.json': '{ "dockerFile": "D" }', D: 'ARG BASE\nFROM ${BASE}\nRUN true\n' },
    ],
    [
      'in FROM with a value that only the host knows',
      {
        'devcontainer.json': '{ "build": { "dockerfile": "D", "args": { "BASE": "${localEnv:BASE}" } } }',
        D: 'ARG BASE=debian\nFROM ${BASE}\n',
      },
    ],
    [
      'of a template that is not here',
      { 'devcontainer.json': '{ "image": "mcr.microsoft.com/devcontainers/go:${templateOption:tag}" }' },
    ],
  ])('%s are listed', async (_, files: Record<string, string>) => {
    const { reasons } = await first(files);
    expect(reasons).toEqual([expect.stringContaining('depends on values that are not in this repository')]);
  });

  it('with a default have it, also in the names of files', async () => {
    const { container } = await first({
      '.devcontainer/devcontainer.json':
        '{ "build": { "dockerfile": "${localEnv:X:Dockerfile}" }, "remoteUser": "${localEnv:WHO:root}" }',
      '.devcontainer/Dockerfile': 'FROM debian\n',
    });
    expect(container.build?.chain[0]?.from.value).toBe('debian');
    expect(container.user?.value).toBe('root');
  });

  it('split at colons as the devcontainer CLI does', async () => {
    const { container } = await first({
      'devcontainer.json': '{ "image": "debian", "mounts": ["type=bind,source=${localEnv:X:/a:/b}/s,target=/t"] }',
    });
    expect(container.mounts.map(({ value }) => value.source)).toContain('/a/s');
  });

  it('of a template have the defaults of its options, in every file', async () => {
    const { container, reasons } = await first({
      'devcontainer-template.json': '{ "id": "t", "options": { "tag": { "type": "string", "default": "22" } } }',
      '.devcontainer/devcontainer.json':
        '{ "build": { "dockerfile": "Dockerfile" }, "containerEnv": { "TAG": "${templateOption:tag}" } }',
      '.devcontainer/Dockerfile': 'ARG V=${templateOption:tag}\nFROM node:${V}-slim\n',
    });
    expect(container.build?.chain[0]?.from.value).toBe('node:22-slim');
    expect(container.environment.map(({ value }) => value.value)).toEqual(['22']);
    expect(reasons).toEqual([]);
  });

  it('of a template reach compose files and their Dockerfiles', async () => {
    const { container } = await first({
      'devcontainer-template.json': '{ "options": { "tag": { "default": "22" } } }',
      '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "c.yaml", "service": "dev" }',
      '.devcontainer/c.yaml': 'services:\n  dev:\n    build: .\n    user: "u${templateOption:tag}"\n',
      '.devcontainer/Dockerfile': 'FROM node:${templateOption:tag}\n',
    });
    expect(container.build?.chain[0]?.from.value).toBe('node:22');
    expect(container.user?.value).toBe('u22');
  });
});

describe('the USER of a Dockerfile', () => {
  it.each([
    ['by an ARG', 'FROM debian\nARG U=root\nUSER $U\n', 'root'],
    ['by an ARG before FROM, taken over', 'ARG U=root\nFROM debian\nARG U\nUSER ${U}\n', 'root'],
    ['by an ARG before FROM that is not taken over', 'ARG U=root\nFROM debian\nUSER ${U}\n', '${U}'],
    ['by an ENV of the stage below', 'FROM debian AS base\nENV A=x U=root\nFROM base\nUSER $U\n', 'root'],
    ['by an ENV of old', 'FROM debian\nENV U root\nUSER $U:$U\n', 'root:root'],
    ['by a build argument', 'FROM debian\nARG PASSED=one\nUSER $PASSED\n', 'root'],
    ['with a default', 'FROM debian\nUSER ${NO:-root}\n', 'root'],
    ['in quotes', 'FROM debian\nUSER "root"\n', 'root'],
    ['as it was when USER was met', 'FROM debian\nARG U=root\nUSER $U\nENV U=other\n', 'root'],
    ['held back by the stage below', 'FROM debian AS base\nUSER one\nONBUILD USER root\nFROM base\nRUN true\n', 'root'],
    ['held back, and overruled', 'FROM debian AS base\nONBUILD USER root\nFROM base\nUSER one\n', 'one'],
    ['held back by the last stage', 'FROM debian\nUSER one\nONBUILD USER root\n', 'one'],
  ])('is known: %s', async (_, Dockerfile, user) => {
    const { container } = await first({
      'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile", "args": { "PASSED": "root" } } }',
      Dockerfile,
    });
    expect(container.user?.value).toBe(user);
  });
});

describe('a Feature', () => {
  it('brings the Features that it depends on, also in a circle', async () => {
    const { container, reasons } = await first({
      '.devcontainer/devcontainer.json': '{ "image": "debian", "features": { "./a": {} } }',
      '.devcontainer/a/devcontainer-feature.json':
        '{ "id": "a", "dependsOn": { "./b": {}, "ghcr.io/devcontainers/features/docker-in-docker:2": {} } }',
      '.devcontainer/b/devcontainer-feature.json':
        '{ "id": "b", "dependsOn": { "./a": {} }, "capAdd": ["SYS_ADMIN"], "containerEnv": { "A": "1" } }',
    });
    expect(flags(container, 'cap_add')).toEqual(['SYS_ADMIN']);
    expect(flags(container, 'privileged')).toEqual(['true']);
    expect(container.environment.map(({ value }) => value.name)).toEqual(['A']);
    expect(reasons).toEqual([]);
  });

  it('with an empty version is known too', async () => {
    const { container, reasons } = await first({
      'devcontainer.json':
        '{ "image": "debian", "features": { "ghcr.io/devcontainers/features/docker-in-docker:": {}, "ghcr.io/devcontainers/features/node@sha256:0a": {} } }',
    });
    expect(container.features.map(({ value }) => [value.id.replace(/.*\//, ''), value.version])).toEqual([
      ['docker-in-docker', undefined],
      ['node', 'sha256:0a'],
    ]);
    expect(flags(container, 'privileged')).toEqual(['true']);
    expect(reasons).toEqual([]);
  });

  it('that is known adds what its metadata says', async () => {
    const { container, reasons } = await first({
      'devcontainer.json':
        '{ "image": "debian", "features": { "ghcr.io/tailscale/codespace/tailscale": {}, "ghcr.io/devcontainers/features/go:1": {} } }',
    });
    expect(flags(container, 'cap_add')).toEqual(['NET_ADMIN', 'NET_RAW', 'MKNOD', 'SYS_PTRACE']);
    expect(flags(container, 'init')).toEqual(['true']);
    expect(reasons).toEqual([]);
  });
});
