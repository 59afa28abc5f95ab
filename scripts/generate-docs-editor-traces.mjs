// docs/editor-traces.md, made from the lists that the box and the guard work with. Called by generate-docs.mjs.
import { page, table, wrap } from './markdown.mjs';

const cited = (source) => (source.startsWith('https://') ? `<${source}>` : source);
const cleared = ({ clear, beside }) =>
  `${clear === 'empty' ? 'emptied' : 'unset'}${beside === undefined ? '' : ` where \`${beside}\` is set`}`;

export function editorTracesPage({ EDITOR_VARIABLES, KEPT_VARIABLES }, LEFTOVERS, PLACES) {
  return page(
    'What editors leave in a box',
    wrap(
      'Variables, sockets and folders through which an editor reaches from the container to the host, and what the box does about each. [The guide](guide/editor-environment.md) says what that is worth.',
    ),
    '## Variables that are cleared',
    table(
      ['Variable', 'In shells', 'What it opens', 'Source'],
      EDITOR_VARIABLES.map((one) => [`\`${one.name}\``, cleared(one), one.why, cited(one.source)]),
    ),
    '## Variables that are left as they are',
    table(
      ['Variable', 'Why', 'Source'],
      KEPT_VARIABLES.map(({ name, why, source }) => [`\`${name}\``, why, cited(source)]),
    ),
    '## What the guard removes',
    wrap('By name and kind, in all of `/tmp`; further names of a socket that it removed, too.'),
    table(
      ['In the log', 'Name', 'Kind', 'What it opens', 'Source'],
      LEFTOVERS.map(({ id, name, kind, opens, source }) => [
        `\`${id}\``,
        `\`${name.source}\``,
        kind,
        opens,
        cited(source),
      ]),
    ),
    '## Folders',
    wrap('The guard sees the box’s `/tmp` and nothing else.'),
    table(
      ['Folder', 'Who puts something there', 'The guard', 'Source'],
      PLACES.map(({ place, who, note, source }) => [place, who, note, cited(source)]),
    ),
  );
}
