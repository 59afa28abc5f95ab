import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { positionAt } from '../../../src/core/span.ts';
import { ignoreComments } from '../../../src/model/ignores.ts';

/** The lines (from 1) in which a finding may start to be meant by each comment. */
function covered(file: string, text: string) {
  return ignoreComments(file, text).map(({ rules, because, fault, covers }) => ({
    rules: rules.join(' '),
    because,
    fault,
    lines: covers.flatMap(({ start, end }) =>
      [...text].flatMap((_, at) => (start <= at && at < end ? [positionAt(text, at).line] : [])),
    ),
  }));
}

const lines = (file: string, text: string) => covered(file, text).map(({ lines: all }) => [...new Set(all)]);

describe('an ignore comment', () => {
  it('behind something means its line; with a line for itself, the next one too', () => {
    const compose =
      'a: 1\n# cofferdam-ignore privileged: it must\nb: 2\nc: 3 # cofferdam-ignore root-user: it may\nd: 4\n';
    expect(covered('compose.yaml', compose)).toMatchObject([
      { rules: 'privileged', because: 'it must', fault: undefined },
      { rules: 'root-user', because: 'it may', fault: undefined },
    ]);
    expect(lines('compose.yaml', compose)).toEqual([[2, 3], [4]]);
  });

  it('is found in JSON as a comment, never as text', () => {
    const text =
      '{\n  // cofferdam-ignore privileged: a\n  "x": "// cofferdam-ignore root-user: b",\n  "y": 1 /* cofferdam-ignore open-egress: c */\n}';
    expect(covered('.devcontainer/devcontainer.json', text).map(({ rules }) => rules)).toEqual([
      'privileged',
      'open-egress',
    ]);
    expect(lines('.devcontainer/devcontainer.json', text)).toEqual([[2, 3], [4]]);
  });

  it('stands above others, and above comments of people, for the same line', () => {
    const text = 'x\n# cofferdam-ignore a: one\n# cofferdam-ignore b, c: two\n# why\nRUN x\ny\n';
    expect(lines('Dockerfile', text)).toEqual([
      [2, 5],
      [3, 5],
    ]);
    expect(covered('Dockerfile', text)[1]?.rules).toBe('b c');
  });

  it.each([
    ['# cofferdam-ignore privileged', 'without a reason'],
    ['# cofferdam-ignore privileged:', 'without a reason'],
    ['# cofferdam-ignore privileged: - ', 'without a reason'],
    ['# cofferdam-ignore privileged because I say so', 'without a reason'],
    ['# cofferdam-ignore', 'names no rule'],
    ['# cofferdam-ignore : because', 'names no rule'],
  ])('says what is wrong with %j', (text, fault) => {
    expect(ignoreComments('x.sh', text)).toMatchObject([{ fault: expect.stringContaining(fault) }]);
  });

  it.each([
    'x: a#cofferdam-ignore privileged: no comment',
    '# see cofferdam-ignore in the docs: there',
    '# cofferdam-ignored privileged: other word',
  ])('is not found in %j', (text) => {
    expect(ignoreComments('compose.yaml', text)).toEqual([]);
  });

  it('counts lines that end in CRLF or CR', () => {
    expect(lines('c.yaml', 'a\r\n# cofferdam-ignore x: y\r\nb\r\nc')).toEqual([[2, 3]]);
    expect(lines('c.yaml', 'a\r# cofferdam-ignore x: y\rb\rc')).toEqual([[2, 3]]);
  });

  it('is not looked for any more where there are thousands, and the file says so', () => {
    const many = ignoreComments('c.yaml', '# cofferdam-ignore x: y\n'.repeat(50_000));
    expect(many).toHaveLength(1001);
    expect(many.at(-1)?.fault).toContain('more than 1000');
  });

  it('never fails, and stays inside of the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '# cofferdam-ignore ',
        '// cofferdam-ignore a: b',
        '/* cofferdam-ignore a',
        '*/',
        '\n',
        '\r',
        '"',
        ': x',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.constantFrom('a.json', 'a.yaml', 'Dockerfile'), (pieces, file) => {
        const text = pieces.join('');
        for (const { span, covers } of ignoreComments(file, text)) {
          expect(span.start).toBeLessThan(span.end);
          expect(span.end).toBeLessThanOrEqual(text.length);
          expect(covers[0]?.start ?? 0).toBeLessThanOrEqual(span.start);
        }
      }),
    );
  });
});
