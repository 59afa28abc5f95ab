import type { Some, Span } from './span.ts';

/** Where a map or list is: by the keys that lead to it from the file's top, or by the text that says it. */
export type Place = { readonly file: string; readonly path: readonly string[] } | { readonly span: Span };

/** What a key is set to. */
export type Setting = string | number | boolean;

/** One change to a document. A closed set: whoever prints edits knows them all. */
export type Edit =
  /** The key with its value, the list items, the instruction or its flag that lie at this span go. */
  | { readonly kind: 'remove'; readonly at: Span }
  /** The one text at this span that `change` has an answer for gets another value. */
  | { readonly kind: 'replace'; readonly at: Span; readonly change: (value: string) => string | undefined }
  /** Items are added to a list; it is made where there is none. */
  | { readonly kind: 'append'; readonly file: string; readonly path: Some<string>; readonly items: Some<string> }
  /** Keys are set in a map; its last level is made where it is missing. */
  | { readonly kind: 'put'; readonly to: Place; readonly values: Readonly<Record<string, Setting>> };

/** What would take a finding away. */
export interface Fix {
  /** Safe: the container still builds and starts, and its lifecycle commands still work. */
  readonly safe: boolean;
  /** What it changes for the user, as a sentence; for an unsafe fix also what may stop working. */
  readonly does: string;
  readonly edits: Some<Edit>;
}

/** The file that an edit changes. */
export function fileOf(edit: Edit): string {
  if (edit.kind === 'append') return edit.file;
  if (edit.kind === 'put') return 'span' in edit.to ? edit.to.span.file : edit.to.file;
  return edit.at.file;
}
