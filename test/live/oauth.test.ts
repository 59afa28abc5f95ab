import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, type ForwardBox, forwardBox, forwardWorktree } from '../support/forward-box.ts';
import { docker, engineAnswers, unique } from '../support/live.ts';

/** What scripts/editor/up.mjs set up. With LIVE=must a missing browser is a failure. */
function browser(): string | undefined {
  const { EDITOR_BROWSER, LIVE } = process.env;
  if (!EDITOR_BROWSER && LIVE === 'must') throw new Error('LIVE=must, but no browser: eval "$(scripts/editor/up.mjs)"');
  return EDITOR_BROWSER;
}

const GET = 'GET / HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n\r\n';

describe.skipIf(!engineAnswers() || !browser())('signing in to the app of each of two worktrees', () => {
  const state = mkdtempSync(join(tmpdir(), 'cofferdam-oauth-'));
  const network = unique('cofferdam-oidc');
  const boxes: ForwardBox[] = [];
  const contexts: BrowserContext[] = [];
  let provider: ChildProcess;
  let issuer = '';

  beforeAll(async () => {
    const first = forwardBox('one');
    boxes.push(first);
    boxes.push(forwardWorktree(first, 'two'));
    // An address of this machine that its browser and the boxes reach, and nobody else.
    docker('network', 'create', network);
    const gateway = docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', network);
    const uris = [
      'http://localhost:3000/callback',
      ...boxes.map((box) => `http://localhost:${box.port(3000)}/callback`),
    ];
    provider = spawn(process.execPath, ['test/support/oidc-provider.mjs', gateway, ...new Set(uris)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (!provider.stdout) throw new Error('no output');
    issuer = String((await once(provider.stdout, 'data'))[0]).trim();
    for (const box of boxes) {
      box.start('oidc-app.mjs', boxes[0] === box ? 'one' : 'two', issuer);
      await answer(box.port(3000), GET);
    }
  });
  afterAll(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    provider?.kill();
    for (const { sample } of boxes.toReversed()) sample.remove();
    if (docker('network', 'ls', '--quiet', '--filter', `name=^${network}$`) !== '') docker('network', 'rm', network);
    rmSync(state, { recursive: true, force: true });
  });

  const profile = async (name: string, args: readonly string[]): Promise<BrowserContext> => {
    const context = await chromium.launchPersistentContext(join(state, `profile-${name}`), {
      executablePath: browser() ?? '',
      args: ['--no-sandbox', ...args],
    });
    contexts.push(context);
    return context;
  };
  /** As in docs/guide/forward.md. */
  const proxied = (box: ForwardBox): readonly string[] => [
    `--proxy-server=http://127.0.0.1:${box.port('PROXY')}`,
    '--proxy-bypass-list=*;<-loopback>',
  ];
  const signIn = async (context: BrowserContext, origin: string, login: string): Promise<string | null> => {
    const page = await context.newPage();
    await page.goto(`${origin}/`);
    await page.click('text=Sign in');
    await page.waitForURL(`${issuer}/interaction/*`);
    await page.fill('input[name=login]', login);
    await page.click('button');
    await page.waitForURL(`${origin}/callback?*`);
    return await page.textContent('#said');
  };

  it('returns to localhost:3000 in both at the same time, each in its own profile', async () => {
    const said = await Promise.all(
      boxes.map(async (box, index) => {
        const context = await profile(`proxied-${index}`, proxied(box));
        return await signIn(context, 'http://localhost:3000', `user-${index}`);
      }),
    );
    expect(said).toEqual(['one: user-0 at http://localhost:3000', 'two: user-1 at http://localhost:3000']);
  });

  it('shows a page of such a profile nothing else that is called localhost; what has another name is reached', async () => {
    const [one, two] = boxes;
    if (!one || !two) throw new Error('two boxes');
    const [localhost, other] = ['localhost', 'other.test'].map((name) => `http://${name}:${two.port(3000)}/`);
    // As a name server on the Internet may answer.
    const named = '--host-resolver-rules=MAP other.test 127.0.0.1';
    const status = async (name: string, args: readonly string[], ...urls: string[]) => {
      const page = await (await profile(name, args)).newPage();
      const got: (number | undefined)[] = [];
      for (const url of urls) got.push((await page.goto(url))?.status());
      return got;
    };
    expect(await status('walled', [...proxied(one), named], localhost ?? '', other ?? '')).toEqual([403, 200]);
    expect(await status('plain', [], localhost ?? '')).toEqual([200]); // the control: without the proxy it is there
  });

  it('works with a port of this machine’s, where the provider knows it', async () => {
    for (const [index, box] of boxes.entries()) {
      const origin = `http://localhost:${box.port(3000)}`;
      const said = await signIn(await profile(`port-${index}`, []), origin, `direct-${index}`);
      expect(said).toBe(`${index === 0 ? 'one' : 'two'}: direct-${index} at ${origin}`);
    }
  });
});
