import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentImage, canaryPackage, type Image } from '../support/installs.ts';
import { docker, engineAnswers, unique } from '../support/live.ts';

const BUILT = 'head -c 4 node_modules/esbuild/bin/esbuild | grep -q ELF && echo built || echo stand-in';

const MANAGERS = [['pnpm@10.34.9'], ['pnpm@12.21.0'], ['yarn@1.22.22'], ['yarn@4.18.1']] as const;

describe.skipIf(!engineAnswers()).each(MANAGERS)('a box with %s', (manager) => {
  const name = manager.slice(0, 4);
  let image: Image;
  let folder = '';
  const packages = () => [`${folder}:/packages:ro`];
  const start = `cd /workspace; echo '{ "name": "sample", "private": true }' > package.json
    case ${manager} in yarn@4*) touch yarn.lock; echo 'nodeLinker: node-modules' > .yarnrc.yml ;; esac`;
  const without = (pattern: RegExp) =>
    Object.fromEntries(Object.entries(image.environment).filter(([key]) => !pattern.test(key)));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cofferdam-packages-'));
    chmodSync(folder, 0o755); // the agent in the container is somebody else
    canaryPackage(folder, 'other');
    image = agentImage(manager, '  installScripts: [esbuild]');
  });
  afterAll(() => {
    image?.remove();
    rmSync(folder, { recursive: true });
  });

  it('runs the script of a listed package when the box installs, and that of another at no time', () => {
    // yarn 1 does not take its own lockfile as it is where that names an archive.
    const forget = manager.startsWith('yarn@1') ? 'yarn remove other-pkg >&2;' : '';
    const { stdout, stderr } = image.run(
      `${start}; ${name} add esbuild@0.24.2 other-pkg@file:/packages/other.tgz >&2; echo "added $?"; ${BUILT}
      ls node_modules/other-pkg/canary.js; ${forget} rm -rf node_modules; /etc/cofferdam/install >&2; ${BUILT}; ls /tmp/other-ran`,
      packages(),
    );
    expect(stdout, stderr).toBe('added 0\nstand-in\nnode_modules/other-pkg/canary.js\nbuilt\n');
  });

  // From 11 on pnpm does not read what npm hands on.
  if (manager.startsWith('pnpm@10')) {
    it('runs no script where `npm run` starts it and the workspace allows it', () => {
      const build = (
        option: string,
      ) => `rm -rf node_modules pnpm-lock.yaml; npm run ${option} build >&2; echo "built $?"
      ls node_modules/other-pkg/canary.js /tmp/other-ran`;
      const { stdout, stderr } = image.run(
        `${start}; echo 'dangerouslyAllowAllBuilds: true' > pnpm-workspace.yaml; echo ignore-scripts=false > .npmrc
      npm pkg set scripts.build='pnpm add other-pkg@file:/packages/other.tgz'; ${build('')}; ${build('--script-shell=sh')}`,
        packages(),
      );
      expect(stdout, `the control has another shell: ${stderr}`).toBe(
        'built 0\nnode_modules/other-pkg/canary.js\nbuilt 0\n/tmp/other-ran\nnode_modules/other-pkg/canary.js\n',
      );
    });
  }

  it('says so and ends well when the lockfile is broken', () => {
    const { code, stderr } = image.run(
      `${start}; for file in pnpm-lock.yaml yarn.lock; do echo '{ broken' > $file; done; /etc/cofferdam/install`,
      [],
    );
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^cofferdam: not installed: /m) });
  });

  // yarn 1 knows no age.
  if (!manager.startsWith('yarn@1')) {
    it('resolves nothing that is younger than the age that is set', () => {
      const zero = `printf 'minimumReleaseAge: 0\\n' > pnpm-workspace.yaml; printf 'npmMinimalAgeGate: 0\\n' >> .yarnrc.yml`;
      const add = `${start}; ${zero}; ${name} add ms@2.1.3; echo "added $?"`;
      const years = Object.fromEntries(
        Object.entries(image.environment).map(([key, value]) => [key, value === '1440' ? '14400000' : value]),
      );
      expect(image.run(add, [], years).stdout).toMatch(/added [1-9]/);
      expect(image.run(add, [], without(/age/i)).stdout, 'the control').toContain('added 0');
    });
  }
});

describe.skipIf(!engineAnswers())('the store of a box with pnpm', () => {
  let image: Image;
  const volumes = ['mine', 'its'].map((name) => unique(`cofferdam-store-${name}`));
  const [mine = '', its = ''] = volumes;
  beforeAll(() => {
    image = agentImage('pnpm@10.34.9', '  installScripts: []');
  });
  afterAll(() => {
    image?.remove();
    docker('volume', 'rm', '--force', ...volumes);
  });

  const install = `cd /workspace; echo '{ "private": true, "dependencies": { "ms": "2.1.3" } }' > package.json; pnpm install >&2`;
  /** Another package in the place of what was fetched, of the same age: pnpm looks at the age and takes the rest on trust. */
  const poison = `${install}
    file=$(grep -rl 'Parse or format the given' ~/.cache/pnpm-store/v*/files | head -n 1); touch -r "$file" /tmp/age
    echo 'module.exports = "poison"' > "$file"; touch -r /tmp/age "$file"`;
  const required = `${install}; node -p 'require("ms").toString().slice(0, 6)'`;
  const run = (script: string, volume: string) => image.run(script, [`${volume}:/home/vscode/.cache`]);

  it('is filled at the start without a warning where no scripts are listed', () => {
    const { stdout, stderr } = run(
      `${install}; rm -rf node_modules; /etc/cofferdam/install; ls node_modules/ms/index.js`,
      mine,
    );
    expect({ stdout, stderr }).toEqual({
      stdout: expect.stringContaining('node_modules/ms/index.js\n'),
      stderr: expect.not.stringContaining('cofferdam:'),
    });
  });

  it('carries what one agent puts into it to every box that shares it, and so none does', () => {
    expect(run(poison, its).code).toBe(0);
    expect(run(required, mine).stdout).toBe('functi\n');
    expect(run(required, its).stdout, 'the control: the same store').toBe('poison\n');
  });
});
