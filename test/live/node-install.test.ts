import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { canaryPackage } from '../support/installs.ts';
import { docker, engineAnswers } from '../support/live.ts';

/** What `npm install` says about esbuild’s own program: built by its script, or still the JavaScript that stands in for it. */
const BUILT = 'head -c 4 node_modules/esbuild/bin/esbuild | grep -q ELF && echo built || echo stand-in';

describe.skipIf(!engineAnswers())('packages of a Node box', () => {
  let sample: Sample;
  const inside = (script: string, ...args: readonly string[]) =>
    cofferdam(sample.root, ['exec', '--', 'bash', '-c', script, ...args]);

  beforeAll(() => {
    sample = sampleRepository();
    canaryPackage(sample.root);
    sample.write('package-lock.json', '{ broken');
    expect(cofferdam(sample.root, ['init', '--yes']), 'init').toMatchObject({ code: 0 });
    const policy = sample.read('.devcontainer/cofferdam.yaml');
    expect(policy).toContain('minimumReleaseAge: 1d');
    expect(policy).toContain('packageManager: npm@11.21.2');
    sample.write(
      '.devcontainer/cofferdam.yaml',
      policy
        .replace('minimumReleaseAge: 1d', 'minimumReleaseAge: 9999d')
        .replace('installScripts: []', 'installScripts: [esbuild]'),
    );
    expect(cofferdam(sample.root, ['sync']), 'sync').toMatchObject({ code: 0 });
  });
  afterAll(() => sample?.remove());

  it('leave a box that can be used when their installation fails, and up says so', () => {
    const up = cofferdam(sample.root, ['up']);
    expect(up).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Warning: not installed: `npm ci` failed/m) });
    expect(inside('pwd')).toMatchObject({ code: 0, stdout: '/workspace\n' });
  });

  it('run no script when the agent installs one, unless it asks for it', () => {
    const install = inside(
      'rm -f package-lock.json; npm install ./canary.tgz; ls /tmp/canary-ran node_modules/canary-pkg',
    );
    expect(install.stdout).toContain('canary.js');
    expect(install.stderr).toContain("cannot access '/tmp/canary-ran'");
    const asked = inside(
      'rm -rf node_modules; npm install --ignore-scripts=false; ls /tmp/canary-ran; rm /tmp/canary-ran',
    );
    expect(asked.stdout, 'the control').toContain('/tmp/canary-ran');
  });

  it('run no script where the container’s variables are gone or the repository asks for scripts', () => {
    const clean =
      'env -i HOME=/tmp PATH=/usr/local/bin:/usr/bin:/bin node /usr/local/lib/node_modules/npm/bin/npm-cli.js';
    const install = inside(`echo ignore-scripts=false > .npmrc; npm install ./canary.tgz; rm .npmrc
      ${clean} install ./canary.tgz; ls node_modules/canary-pkg /tmp/canary-ran`);
    expect(install.stdout).toContain('canary.js');
    expect(install.stderr).toContain("cannot access '/tmp/canary-ran'");
  });

  it('leave the scripts before and after those of the repository alone', () => {
    const run =
      inside(`npm pkg set scripts.prebuild='echo before' scripts.build='npm install ./canary.tgz && [[ a == a ]]'
      echo script-shell=bash > .npmrc; npm run build && npm --prefix . run build && echo well; rm .npmrc; ls /tmp/canary-ran`);
    expect(run.stdout.match(/^before$/gm)).toHaveLength(2);
    expect(run.stdout, 'by the shell that the repository names').toMatch(/^well$/m);
    expect(run.stderr, 'and what they install runs none').toContain("cannot access '/tmp/canary-ran'");
  });

  it('run no script where npx fetches them, in a script of the repository or without the container’s variables', () => {
    canaryPackage(sample.root, 'fetched');
    const npx = `npx --yes --package ./fetched.tgz -c 'echo "used $PATH"'`;
    const forget = 'rm -rf "$(npm config get cache)/_npx" ~/.npm/_npx';
    const run = inside(
      `echo ignore-scripts=false > .npmrc; npm pkg set scripts.build="$0"; npm run build; ${forget}
      env -i HOME=$HOME PATH=/usr/local/bin:/usr/bin:/bin sh -c "$0"; rm .npmrc; ${forget}; ls /tmp/fetched-ran`,
      npx,
    );
    expect(run.stdout.match(/^used .*_npx/gm), run.stderr).toHaveLength(2);
    expect(run.stderr).toContain("cannot access '/tmp/fetched-ran'");
    const asked = inside('npx --ignore-scripts=false --yes --package ./fetched.tgz -c true; ls /tmp/fetched-ran');
    expect(asked.stdout, 'the control').toContain('/tmp/fetched-ran');
  });

  it('are not resolved as long as they are younger than the policy says, whatever the repository says', () => {
    const young = inside('echo min-release-age=0 > .npmrc; npm install ms@2.1.3; echo "exit $?"; rm .npmrc');
    expect(young.stdout).toContain('exit 1');
    expect(young.stderr).toContain('ETARGET');
    expect(inside('npm install --min-release-age=0 ms@2.1.3 esbuild@0.24.2'), 'the control').toMatchObject({ code: 0 });
    expect(inside(BUILT).stdout).toBe('stand-in\n');
  });

  it('are installed again from the lockfile when the box starts, and only listed ones run their scripts', () => {
    expect(inside('rm -rf node_modules/ms /tmp/canary-ran')).toMatchObject({ code: 0 });
    docker('stop', '--time', '0', sample.agent());
    const up = cofferdam(sample.root, ['up']);
    expect(up.code).toBe(0);
    expect(up.stderr).not.toContain('Warning');
    expect(inside(`${BUILT}; ls node_modules/ms/index.js node_modules/canary-pkg/canary.js`)).toMatchObject({
      code: 0,
      stdout: 'built\nnode_modules/canary-pkg/canary.js\nnode_modules/ms/index.js\n',
    });
    expect(inside('ls /tmp/canary-ran').stderr).toContain('No such file');
  });

  it('are left alone at the next start, as long as the lockfile is the same', () => {
    // `npm ci` would remove it; that a start runs the script is what the test before shows.
    expect(inside('touch node_modules/kept; /etc/cofferdam/install; ls node_modules/kept').code).toBe(0);
    expect(inside('rm node_modules/.cofferdam-installed; /etc/cofferdam/install; ls node_modules/kept').code).not.toBe(
      0,
    );
  });

  it('come from a store and go into a folder that no other box has', () => {
    const volumes = docker('inspect', '--format', '{{range .Mounts}}{{.Name}} {{end}}', sample.agent()).split(' ');
    for (const name of ['cache', 'node-modules']) expect(volumes).toContain(`${sample.project()}_${name}`);
  });
});
