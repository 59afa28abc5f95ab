/**
 * Untrusted text (file names, log lines, container names) made safe to print: control characters, escape sequences and
 * bidirectional overrides become visible, so that a name cannot move the cursor, set the title or the clipboard.
 */
export function printable(text: string, options: { keepNewlines?: boolean } = {}): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (character) =>
    options.keepNewlines && (character === '\n' || character === '\t')
      ? character
      : `\\u{${character.charCodeAt(0).toString(16)}}`,
  );
}
