import { isScalar, parseDocument, Scalar } from 'yaml';
import type { Setting } from '../core/fix.ts';
import { Refused } from './text.ts';

/** Words that some reader of YAML takes for something else than text (yaml.org/type/bool). */
const RESERVED = /^(?:true|false|yes|no|on|off|null|y|n)$/i;

/** A value as one line of YAML. */
export function printScalar(value: Setting): string {
  if (typeof value !== 'string') return String(value);
  // `8g`, but not `08`, `1_000` or `12:30`, which some readers take for numbers (yaml.org/type/int).
  const plain = /^(?:[A-Za-z_./][\w./:-]*(?<!:)|[1-9]\d*[a-z])$/.test(value) && !RESERVED.test(value);
  return plain && typeof plainValue(value) === 'string' ? value : JSON.stringify(value);
}

/** A text in the style of the scalar whose place it takes. */
export function printLike(scalar: Scalar, value: string): string {
  switch (scalar.type) {
    case Scalar.QUOTE_DOUBLE:
      return JSON.stringify(value);
    case Scalar.QUOTE_SINGLE:
      if (/[\r\n]/.test(value)) return JSON.stringify(value);
      return `'${value.replaceAll("'", "''")}'`;
    case Scalar.PLAIN: {
      const plain = /^[\w./][\w./:=@-]*(?<!:)$/.test(value) && !RESERVED.test(value);
      // A number may be replaced by a number; text must stay text.
      const same = plain && typeof plainValue(value) === typeof scalar.value;
      return same ? value : JSON.stringify(value);
    }
    default:
      throw new Refused('a block of text is not edited');
  }
}

function plainValue(text: string): unknown {
  const { contents, errors } = parseDocument(text, { logLevel: 'silent' });
  return errors.length === 0 && isScalar(contents) ? contents.value : undefined;
}
