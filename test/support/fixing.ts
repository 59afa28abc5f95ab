import type { Finding } from '../../src/core/finding.ts';
import { memoryFiles } from '../../src/model/files.ts';
import { readWorkspace } from '../../src/model/read.ts';
import { RULES } from '../../src/rules/index.ts';
import type { Rule } from '../../src/rules/rule.ts';
import { type Fixed, fixAll, type Seen } from '../../src/verbs/fix-loop.ts';

export type Files = Readonly<Record<string, string>>;

/** All rules over files in memory. */
export async function seen(files: Files): Promise<Seen> {
  const { workspace, texts } = await readWorkspace(memoryFiles(files));
  const findings = RULES.flatMap((rule): Finding[] =>
    [...rule.check(workspace, undefined)].map((problem) => ({
      ...problem,
      rule: rule.id,
      severity: problem.severity ?? rule.severity,
      attacks: rule.attacks,
    })),
  );
  return { findings, notChecked: workspace.notChecked, texts };
}

/** The files after `audit --fix-unsafe` (`unsafe: false`: `--fix`) of these rules; left out: of all. */
export async function fixed(
  files: Files,
  { rules, unsafe = true }: { readonly rules?: readonly Rule['id'][]; readonly unsafe?: boolean } = {},
): Promise<Fixed & { readonly files: Files }> {
  let now = files;
  const result = await fixAll({
    look: (trial) => seen({ ...now, ...Object.fromEntries(trial) }),
    editable: (file) => now[file] ?? '',
    commit: (texts) => {
      now = { ...now, ...Object.fromEntries(texts) };
    },
    wanted: ({ rule }) => rules === undefined || rules.includes(rule),
    unsafe,
  });
  return { ...result, files: now };
}

export const unmarked = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [file, text.replace(/[«»]/g, '')]));
