import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { vi } from 'vitest';
import type { EditorServer } from './editor-rig.ts';

/** Folder in the workspace through which a terminal hands over what a command printed. */
const EXCHANGE = '.exchange';
/** Where pictures of the editor go, to be looked at. */
export const SHOTS: string = resolve('node_modules/.cache/editor');

interface Desk {
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly server: EditorServer;
  /** The workspace on this machine; it is /workspace where the server is. */
  readonly root: string;
}

export interface Printed {
  readonly code: number;
  readonly output: string;
}

/** Starts a browser, logs in and opens the workspace, as a person would, who trusts it. */
export async function openEditor(server: EditorServer, root: string, executablePath: string): Promise<Editor> {
  const exchange = join(root, EXCHANGE);
  mkdirSync(exchange, { recursive: true });
  chmodSync(exchange, 0o777); // who runs the tests need not be who works in the box
  writeFileSync(join(exchange, '.gitignore'), '*\n');
  const args = ['--disable-gpu', '--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  const browser = await chromium.launch({ executablePath, args });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const editor = new Editor(await context.newPage(), { browser, context, server, root });
  try {
    await editor.page.goto(server.url);
    await editor.page.locator('input[name=password]').fill(server.password);
    await editor.page.keyboard.press('Enter');
    await editor.page.waitForURL((url) => !url.pathname.includes('login'));
    await editor.load();
    await editor.trust();
    return editor;
  } catch (error) {
    await editor.screenshot(join(SHOTS, 'open.png'));
    await editor.close();
    throw error;
  }
}

let runs = 0;

/** A window of the editor. */
export class Editor {
  readonly page: Page;
  readonly #desk: Desk;

  constructor(page: Page, desk: Desk) {
    this.page = page;
    this.#desk = desk;
  }

  async load(): Promise<void> {
    await this.page.goto(`${this.#desk.server.url}?folder=/workspace`);
    await this.#ready();
  }

  /** Says that the folder’s code may run: until then there is no git, and hardly an extension. */
  async trust(): Promise<void> {
    const restricted = this.page.locator('.statusbar-item', { hasText: 'Restricted Mode' });
    await restricted.click({ timeout: 180_000 });
    await this.page.locator('.workspace-trust-editor').first().press('Control+Enter', { timeout: 90_000 });
    await restricted.waitFor({ state: 'hidden', timeout: 180_000 });
    await this.page.keyboard.press('Escape');
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.#ready();
  }

  async #ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .statusbar-item').first().waitFor({ timeout: 90_000 });
  }

  async secondWindow(): Promise<Editor> {
    const second = new Editor(await this.#desk.context.newPage(), this.#desk);
    await second.load();
    return second;
  }

  /** Runs a command of the palette by its title. */
  async command(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    await this.page.keyboard.press('F1');
    await input.fill(`>${title}`, { timeout: 60_000 });
    // With Enter and not the pointer: a list that is still being filled moves.
    const row = this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: title }).first();
    await row.waitFor({ timeout: 60_000 });
    await input.press('Enter');
    await input.waitFor({ state: 'hidden', timeout: 60_000 });
  }

  /** The terminal that is shown. */
  get terminal(): Locator {
    return this.page.locator('.terminal-wrapper.active').last();
  }

  /** Its text, without the lines' trailing blanks. */
  async screen(): Promise<string> {
    const rows = await this.terminal.locator('.xterm-rows > div').allTextContents();
    return rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).join('\n');
  }

  /** Opens one more terminal and waits for its prompt; gives how many milliseconds that took. */
  async newTerminal(): Promise<number> {
    const before = await this.page.locator('.terminal-wrapper').count();
    const began = performance.now();
    await this.command('Terminal: Create New Terminal');
    await vi.waitUntil(async () => (await this.page.locator('.terminal-wrapper').count()) > before, {
      timeout: 180_000,
    });
    await this.shows(/\w:\S*\$/);
    return performance.now() - began;
  }

  /** Waits until the terminal's text matches. */
  async shows(wanted: RegExp): Promise<void> {
    const fits = async (): Promise<boolean> => wanted.test((await this.screen()).trimEnd());
    await vi.waitUntil(fits, { timeout: 180_000, interval: 20 }).catch(async (error) => {
      throw new Error(`the terminal does not show ${wanted}:\n${await this.screen()}`, { cause: error });
    });
  }

  async type(text: string): Promise<void> {
    await this.focus();
    await this.page.keyboard.type(text);
  }

  /** What is typed goes to the terminal, until something else takes it, such as a file that opens. */
  async focus(): Promise<void> {
    await this.terminal.locator('.xterm-helper-textarea').focus();
  }

  /** Runs a command in the shell of the terminal that is shown, so that it has what this shell has. */
  async run(command: string): Promise<Printed> {
    const name = `${EXCHANGE}/${process.pid}-${runs++}`;
    const file = join(this.#desk.root, name);
    writeFileSync(`${file}.sh`, `${command}\n`, { mode: 0o644 });
    const begun = (): boolean => existsSync(`${file}.out`);
    // A terminal that has just opened may be opened anew by the editor, when an extension has more variables for it.
    for (let tries = 0; tries < 3 && !begun(); tries++) {
      // What is typed again runs only if what was typed before never came to it: the folder is made once.
      const once = `mkdir /workspace/${name}.once && { { . /workspace/${name}.sh; } >/workspace/${name}.out 2>&1`;
      // What an earlier try left of itself in the line would be part of this one.
      await this.focus();
      await this.page.keyboard.press('Control+u');
      await this.type(`${once}; echo $? >/workspace/${name}.code; }\n`);
      await vi.waitUntil(begun, { timeout: 20_000 }).catch(() => {});
    }
    const ended = (): boolean => existsSync(`${file}.code`) && readFileSync(`${file}.code`, 'utf8').endsWith('\n');
    await vi.waitUntil(ended, { timeout: 120_000 }).catch(async (error) => {
      throw new Error(`the terminal did not run ${command}:\n${await this.screen()}`, { cause: error });
    });
    // The editor's shell integration writes its marks (OSC 633) where the shell's output goes.
    const output = readFileSync(`${file}.out`, 'utf8').replace(/\x1b\]633;[^\x07]*\x07/g, '');
    return { code: Number(readFileSync(`${file}.code`, 'utf8')), output };
  }

  /** Opens a file of the workspace in the editor. */
  async open(path: string): Promise<void> {
    await this.page.keyboard.press('Control+p');
    await this.page.locator('.quick-input-widget input').first().fill(path);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: path }).first().click({ timeout: 90_000 });
    await this.page.locator('.editor-group-container .monaco-editor .view-lines').first().click({ timeout: 20_000 });
  }

  /** Adds a line to the file that is open, and saves it. */
  async append(line: string): Promise<void> {
    await this.page.keyboard.press('Control+End');
    await this.page.keyboard.type(`${line}\n`);
    await this.page.keyboard.press('Control+s');
  }

  /** What the search view finds, as text. */
  async search(text: string): Promise<string> {
    await this.page.keyboard.press('Control+Shift+f');
    await this.page.locator('.search-view textarea').first().fill(text);
    await this.page.keyboard.press('Enter');
    const row = this.page.locator('.search-view .monaco-list-row').first();
    await row.waitFor({ timeout: 180_000 });
    return (await row.textContent()) ?? '';
  }

  /** The line of the source control view that names a file. */
  async change(path: string): Promise<string> {
    await this.page.keyboard.press('Control+Shift+g');
    const row = this.page.locator('.scm-view .monaco-list-row', { hasText: path }).first();
    await row.waitFor({ timeout: 180_000 });
    return (await row.textContent()) ?? '';
  }

  /** The latest notification that matches. */
  async notification(wanted: RegExp): Promise<string> {
    const message = this.page.locator('.notification-list-item-message', { hasText: wanted }).first();
    await message.waitFor({ timeout: 180_000 });
    return (await message.textContent()) ?? '';
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  async close(): Promise<void> {
    await this.#desk.browser.close();
  }
}
