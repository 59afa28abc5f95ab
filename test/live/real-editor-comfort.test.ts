import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Editor, openEditor, SHOTS } from '../support/editor.ts';
import { type EditorBox, editorBox } from '../support/editor-box.ts';
import { type EditorServer, editorRig, startServer } from '../support/editor-rig.ts';
import { docker, engineAnswers } from '../support/live.ts';

const rig = engineAnswers() ? editorRig() : undefined;

// About comfort and no control: keys that a browser loses once are no finding.
describe.skipIf(!rig)('the editor’s terminal in the agent’s container', { retry: 1 }, () => {
  const desks: { box: EditorBox; server: EditorServer; editor: Editor }[] = [];
  let [box, editor]: [EditorBox, Editor] | [] = [];

  const desk = async (topology: string): Promise<{ box: EditorBox; editor: Editor }> => {
    if (!rig) throw new Error('no editor');
    const made = editorBox(rig, { topology, ipc: 'prevent' });
    const server = await startServer(made.editor);
    const opened = await openEditor(server, made.sample.root, rig.browser);
    desks.push({ box: made, server, editor: opened });
    return { box: made, editor: opened };
  };
  /** Prompt and what follows it. */
  const split = (): { box: EditorBox; editor: Editor } => {
    if (!box || !editor) throw new Error('no box');
    return { box, editor };
  };

  beforeAll(async () => {
    ({ box, editor } = await desk('split'));
  });
  afterAll(async () => {
    for (const { box: made, server, editor: opened } of desks) {
      await opened.screenshot(`${SHOTS}/comfort.png`);
      await opened.close();
      await server.stop();
      made.sample.remove();
    }
  });

  it('is a shell in that container, in the folder of the workspace', async () => {
    const { box, editor } = split();
    await editor.newTerminal();
    const { output } = await editor.run('hostname; pwd; ps -o comm= -p $PPID; tty');
    expect(output).toMatch(/^[0-9a-f]{12}\n\/workspace\nsshd\S*\n\/dev\/pts\/\d+\n$/);
    expect(box.agent).toMatch(new RegExp(`^${output.slice(0, 12)}`));
  });

  it('has the size of the window, also after that has changed', async () => {
    const { editor } = split();
    const columns = async (): Promise<number> => Number((await editor.run('tput cols')).output);
    const wide = await columns();
    await editor.page.setViewportSize({ width: 900, height: 800 });
    await vi.waitUntil(async () => (await columns()) < wide, { timeout: 60_000 });
    await editor.page.setViewportSize({ width: 1280, height: 800 });
    await vi.waitUntil(async () => (await columns()) === wide, { timeout: 60_000 });
  });

  it('has colours', async () => {
    const { editor } = split();
    expect((await editor.run('echo $TERM $COLORTERM; tput colors')).output).toBe('xterm-256color truecolor\n256\n');
    await editor.type("printf '\\033[38;2;1;200;3mgreen\\033[0m\\n'\n");
    // The editor darkens colours for contrast; what it shows is green nevertheless.
    const shown = editor.terminal.locator('.xterm-rows span[style*="color"]', { hasText: /^green$/ }).last();
    await shown.waitFor({ timeout: 30_000 });
    const style = (await shown.getAttribute('style')) ?? '';
    const hex = /color: ?#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/.exec(style)?.slice(1);
    const parts = hex?.map((part) => Number.parseInt(part, 16)) ?? style.match(/\d+/g)?.map(Number) ?? [];
    const [red = 0, green = 0, blue = 0] = parts;
    expect(green, style).toBeGreaterThan(4 * Math.max(red, blue));
  });

  it('passes on Ctrl-C', async () => {
    const { editor } = split();
    await editor.type('sleep 1000\n');
    await vi.waitUntil(async () => /sleep 1000$/m.test(await editor.screen()), { timeout: 30_000 });
    await editor.page.keyboard.press('Control+c');
    expect((await editor.run('true')).code).toBe(0);
  });

  it('takes a paste as text, which runs only after Enter', async () => {
    const { box, editor } = split();
    await editor.page.evaluate("navigator.clipboard.writeText('echo one > pasted\\necho two >> pasted')");
    await editor.focus();
    await editor.page.keyboard.press('Control+Shift+v');
    await editor.shows(/echo two >> pasted$/);
    expect(() => box.sample.read('pasted')).toThrow('ENOENT');
    await editor.page.keyboard.press('Enter');
    await vi.waitUntil(() => /^one\ntwo\n$/.test(readOr(join(box.sample.root, 'pasted'))), { timeout: 30_000 });
  });

  it('opens files that a program names', async () => {
    const { editor } = split();
    await editor.type('clear; echo see README.md:2\n');
    await editor.shows(/^see README\.md:2$/m);
    const row = editor.terminal.locator('.xterm-rows > div', { hasText: /^see README\.md:2$/ }).last();
    const tab = editor.page.locator('.tab', { hasText: 'README.md' }).first();
    await editor.page.keyboard.down('Control');
    try {
      // The editor looks for links where the pointer rests, and takes its time.
      const opened = async (): Promise<boolean> => {
        const at = await row.boundingBox();
        if (!at) return false;
        await editor.page.mouse.move(at.x + 55, at.y + at.height / 2);
        await editor.page.mouse.move(at.x + 60, at.y + at.height / 2);
        await editor.page.mouse.click(at.x + 60, at.y + at.height / 2);
        return await tab.isVisible();
      };
      await vi.waitUntil(opened, { timeout: 60_000, interval: 500 });
    } finally {
      await editor.page.keyboard.up('Control');
    }
  });

  it('shares files with the editor and the host, and each can commit', async () => {
    const { box, editor } = split();
    const inEditor = (script: string): string =>
      docker('exec', '-u', 'vscode', '-w', '/workspace', box.editor, 'sh', '-c', script);
    const work = 'echo agent > a && git add a && git commit -qm "From the agent" && stat -c %u:%g a';
    const made = await editor.run(work);
    expect(made).toEqual({ code: 0, output: expect.stringMatching(/^\d+:\d+\n$/) });
    expect(inEditor('echo editor >> a && git commit -qam "From the editor" && stat -c %u:%g a').trim()).toBe(
      made.output.trim().split('\n').at(-1),
    );
    expect((await editor.run('echo again >> a && cat a')).output).toBe('agent\neditor\nagain\n');
    writeFileSync(join(box.sample.root, 'a'), 'host\n');
    expect((await editor.run('cat a; echo agent > a')).output).toBe('host\n');
    expect(box.sample.git('log', '-2', '--format=%s')).toBe('From the editor\nFrom the agent');
  });

  it('opens about as fast as one in a box where editor and agent share a container', async () => {
    const desks = [split().editor, (await desk('attached')).editor];
    const times: number[][] = [[], []];
    // In turn, so that what one editor still does after its start, or anything else here, is in both figures. The first
    // round is for what is loaded once.
    for (let round = 0; round < 8; round++) {
      for (const [which, editor] of desks.entries()) {
        const took = await editor.newTerminal();
        if (round > 0) times[which]?.push(took);
      }
    }
    const [one = 0, two = 1] = times.map((each) => each.toSorted((a, b) => a - b)[3] ?? 0);
    console.log(
      `a terminal opens in ${Math.round(one)} ms in split, ${Math.round(two)} ms in attached: ${(one / two).toFixed(2)} times`,
    );
    // Far more than the handshake costs on a machine that is far too busy: a terminal that waits for something else.
    expect(one / two).toBeLessThan(5);
  });
});

const readOr = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
