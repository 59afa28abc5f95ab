import { type Edit, type Fix, fileOf } from '../core/fix.ts';
import { editDockerfile } from './dockerfile.ts';
import { editJsonc } from './jsonc.ts';
import { applyEdits, Refused, type TextEdit } from './text.ts';
import { editYaml, openYaml, type YamlFile } from './yaml.ts';

/** The bytes of one edit, and the list or map that it was made for: two edits of the same one are made one after the other. */
export interface Change {
  readonly claim: { readonly start: number; readonly end: number };
  readonly edits: readonly TextEdit[];
}

/** A fix in bytes, by file, or why it is not made. */
export type Prepared =
  | { readonly kind: 'changes'; readonly files: ReadonlyMap<string, Change> }
  | { readonly kind: 'refused'; readonly reason: string };

/** YAML that is parsed once for many edits of the same text. */
export type Opened = Map<string, YamlFile>;

/** Works out what a fix changes; `read` gives the texts that the finding was made in. */
export function prepare(
  { edits }: Fix,
  read: (file: string) => string | undefined,
  opened: Opened = new Map(),
): Prepared {
  const files = new Map<string, Change>();
  try {
    for (const edit of edits) {
      const file = fileOf(edit);
      const source = read(file);
      if (source === undefined) throw new Refused(`${file} was not read`);
      const change = editFile(file, source, edit, opened);
      const before = files.get(file);
      files.set(file, before ? join(before, change) : change);
      if (applyEdits(source, files.get(file)?.edits ?? []) === undefined) {
        throw new Refused('its changes are too close to each other');
      }
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: 'refused', reason: error.message };
  }
  return { kind: 'changes', files };
}

const join = (a: Change, b: Change): Change => ({
  claim: { start: Math.min(a.claim.start, b.claim.start), end: Math.max(a.claim.end, b.claim.end) },
  edits: [...a.edits, ...b.edits],
});

/** Whether two changes of a file may be made in one go. */
export const apart = (a: Change, b: Change): boolean => a.claim.end <= b.claim.start || b.claim.end <= a.claim.start;

function editFile(file: string, source: string, edit: Edit, opened: Opened): Change {
  if (/\.jsonc?$/.test(file)) return editJsonc(file, source, edit);
  if (!/\.ya?ml$/.test(file)) return editDockerfile(file, source, edit);
  const known = opened.get(file);
  const yaml = known?.source === source ? known : openYaml(file, source);
  opened.set(file, yaml);
  return editYaml(yaml, edit);
}
