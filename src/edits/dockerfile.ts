import type { Edit } from '../core/fix.ts';
import { parseDockerfile } from '../model/dockerfile.ts';
import type { Change } from './edit.ts';
import { nextLine, Refused, removeLines } from './text.ts';

/** The text edits that make a change in a Dockerfile: whole instructions and flags are taken out, nothing else. */
export function editDockerfile(file: string, source: string, edit: Edit): Change {
  if (edit.kind !== 'remove') throw new Refused('in a Dockerfile only whole instructions and flags are taken out');
  const { start, end } = edit.at;
  for (const { instructions } of parseDockerfile(file, source).stages) {
    for (const { span, flags } of instructions) {
      if (span.start === start && span.end === end) {
        const last = Math.max(end - 1, start);
        // A heredoc's span ends behind its last line break.
        const lines = removeLines(source, start, last);
        return { claim: { start: lines.start, end: nextLine(source, last) }, edits: [lines] };
      }
      const flag = flags.find((candidate) => candidate.span.start === start && candidate.span.end === end);
      if (!flag) continue;
      const space = /^[ \t]+/.exec(source.slice(end))?.[0].length ?? 0;
      return { claim: { start: span.start, end: span.end }, edits: [{ start, end: end + space, text: '' }] };
    }
  }
  throw new Refused('what was found is no longer there');
}
