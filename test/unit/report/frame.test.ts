import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { positionAt } from '../../../src/core/span.ts';
import { codeFrame, wrap } from '../../../src/report/frame.ts';
import { linesOf } from '../../../src/report/places.ts';

const frame = (text: string, part: string, options: { width?: number; secret?: boolean } = {}) => {
  const start = text.indexOf(part);
  return codeFrame(text, { file: 'f', start, end: start + part.length }, linesOf(text).at(start), {
    width: 80,
    ...options,
  });
};

describe('the code frame', () => {
  it('shows the line with carets below the place', () => {
    expect(frame('a: 1\n\tb: two\nc: 3\n', 'two')).toEqual({
      lines: [' 2 |  b: two', '   |     ^^^'],
    });
  });

  it('keeps the place in sight in a line that is too long', () => {
    const { lines } = frame(`${'x'.repeat(300)}HERE${'y'.repeat(300)}`, 'HERE', { width: 60 });
    const [code = '', carets = ''] = lines;
    expect(code.length).toBeLessThanOrEqual(60);
    expect(code.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE');
  });

  it('looks at no more of a line than it can show', () => {
    const part = '--cap-add=NET_RAW ';
    const text = part.repeat(20_000);
    const lines = linesOf(text);
    for (let start = 0; start < text.length; start += part.length) {
      const span = { file: 'f', start, end: start + part.length - 1 };
      const [code = '', carets = ''] = codeFrame(text, span, lines.at(start), { width: 60 }).lines;
      expect(code.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe(part.trim());
    }
  });

  it('makes control characters visible, and the carets still fit', () => {
    const { lines } = frame('evil\u001b]0;title\u0007 x: HERE', 'HERE');
    const [code = '', carets = ''] = lines;
    expect(code).not.toMatch(/[\u0000-\u001f]/);
    expect(code.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE');
  });

  it('does not show a secret, nor what follows it', () => {
    const { lines } = frame('TOKEN: s3cret-value # was s3cret-value', 'TOKEN: s3cret-value', { secret: true });
    expect(lines.join('\n')).toContain('TOKEN: ••••');
    expect(lines.join('\n')).not.toContain('s3cret');
  });

  it('never fails and never grows wider, whatever the text and the place', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.nat(200),
        fc.nat(200),
        fc.integer({ min: 40, max: 80 }),
        (text, a, b, width) => {
          const span = { file: 'f', start: Math.min(a, b, text.length), end: Math.min(Math.max(a, b), text.length) };
          for (const line of codeFrame(text, span, linesOf(text).at(span.start), { width }).lines)
            expect(line.length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe('wrapping', () => {
  it('cuts no word and indents what follows', () => {
    expect(wrap('one two three', 8, '  ')).toBe('one two\n  three');
  });
});

describe('positions', () => {
  it('are those that counting from the start gives', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '\n', '\r\n', '\r', 'é', '𝄞')), fc.nat(40), (parts, offset) => {
        const text = parts.join('');
        expect(linesOf(text).at(offset)).toEqual(positionAt(text, offset));
      }),
    );
  });
});
