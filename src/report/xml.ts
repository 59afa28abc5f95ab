import { printable } from '../core/printable.ts';

const MARKUP: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * Text for XML: markup escaped, and no character that XML 1.0 does not allow (section 2.2). Of those printable leaves half
 * surrogates and the last two of the plane.
 */
export const xml = (text: string): string =>
  printable(text, { keepNewlines: true })
    .replace(/[\p{Surrogate}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[<>&"']/g, (character) => MARKUP[character] ?? '');
