import { describe, expect, it } from 'vitest';
import { findAttack } from '../../../src/attacks/catalogue.ts';
import { memoryFiles } from '../../../src/model/files.ts';
import { readWorkspace } from '../../../src/model/read.ts';
import { RULES } from '../../../src/rules/index.ts';
import type { Example, Rule } from '../../../src/rules/rule.ts';

interface Mark {
  readonly file: string;
  readonly text: string;
  readonly start: number;
}

/** The files without their «marks», and where the marks were. */
function unmark(files: Example['files']): { files: Record<string, string>; marks: Mark[] } {
  const clean: Record<string, string> = {};
  const marks: Mark[] = [];
  for (const [file, marked] of Object.entries(files)) {
    let text = '';
    let open = -1;
    for (const character of marked) {
      if (character === '«') open = text.length;
      else if (character === '»') marks.push({ file, start: open, text: text.slice(open) });
      else text += character;
    }
    clean[file] = text;
  }
  return { files: clean, marks };
}

async function check(rule: Rule, files: Record<string, string>): Promise<Mark[]> {
  const { workspace, texts } = await readWorkspace(memoryFiles(files));
  const found = [...rule.check(workspace, undefined)].map(({ at }) => ({
    file: at.file,
    start: at.start,
    text: (texts.get(at.file) ?? '').slice(at.start, at.end),
  }));
  return sorted([...new Map(found.map((mark) => [`${mark.file}:${mark.start}:${mark.text}`, mark])).values()]);
}

const sorted = (marks: Mark[]): Mark[] =>
  marks.sort((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1));

describe.each(RULES.map((rule) => ({ id: rule.id, rule })))('$id', ({ rule }) => {
  it.each(rule.bad.map((example) => ({ title: example.title, example })))('finds: $title', async ({ example }) => {
    const { files, marks } = unmark(example.files);
    expect(marks.length, 'a bad example needs a mark').toBeGreaterThan(0);
    expect(await check(rule, files)).toEqual(sorted(marks));
  });

  it.each(rule.good.map((example) => ({ title: example.title, example })))('is silent: $title', async ({ example }) => {
    const { files, marks } = unmark(example.files);
    expect(marks, 'a good example has no marks').toEqual([]);
    expect(await check(rule, files)).toEqual([]);
  });

  it('says what it is for, and names attacks that exist', () => {
    expect(rule.id).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
    expect(rule.bad.length).toBeGreaterThan(0);
    expect(rule.good.length).toBeGreaterThan(0);
    expect(rule.why.length).toBeGreaterThan(40);
    expect(rule.remedy).toMatch(/\.$/);
    for (const attack of rule.attacks) expect(findAttack(attack), attack).toBeDefined();
    for (const reference of rule.references) expect(reference).toMatch(/^https:\/\//);
  });
});

describe('the rules', () => {
  it('have a name each, the same as their file’s', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  });
});
