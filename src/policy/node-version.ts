import { NODE_DEFAULTS, NODE_VERSION } from './node-settings.ts';

type Version = readonly [major: number, minor: number, patch: number];
type Comparator = readonly [operator: '<' | '<=' | '>' | '>=', version: Version];
/** All comparators of one alternative must hold. */
type Range = readonly (readonly Comparator[])[];

/** Lines with long-term support and their names, newest first (https://nodejs.org/en/about/previous-releases). */
const LONG_TERM: readonly (readonly [major: number, name: string])[] = [
  [24, 'krypton'],
  [22, 'jod'],
  [20, 'iron'],
  [18, 'hydrogen'],
];
/** What is tried for a range, the best first: the default, other lines with long-term support, then the short-lived ones. */
const CANDIDATES = [Number(NODE_DEFAULTS.version), 24, 20, 18, 25, 23, 21, 19];
const LAST = 99_999;

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

function holds([operator, bound]: Comparator, version: Version): boolean {
  const order = compare(version, bound);
  return operator === '<' ? order < 0 : operator === '<=' ? order <= 0 : operator === '>' ? order > 0 : order >= 0;
}

const satisfies = (version: Version, range: Range): boolean =>
  range.some((alternative) => alternative.every((comparator) => holds(comparator, version)));

const PART =
  /^(?<operator>[<>]=?|[~^=]|~>)?v?(?<major>\d{1,5}|[xX*])(?:\.(?<minor>\d{1,5}|[xX*]))?(?:\.(?<patch>\d{1,5}|[xX*]))?(?:[-+][0-9A-Za-z.+-]+)?$/;

/** One word of a range (`^22.1`, `>=20`, `22.x`) as comparators; undefined if it is none. */
function comparators(word: string): readonly Comparator[] | undefined {
  const found = PART.exec(word)?.groups;
  if (!found) return undefined;
  const number = (text: string | undefined): number | undefined =>
    text === undefined || /^[xX*]$/.test(text) ? undefined : Number(text);
  const major = number(found['major']);
  if (major === undefined) return [];
  const minor = number(found['minor']);
  const patch = minor === undefined ? undefined : number(found['patch']);
  const low: Version = [major, minor ?? 0, patch ?? 0];
  /** The first version that is no longer meant, if only what is written counts. */
  const after: Version =
    minor === undefined ? [major + 1, 0, 0] : patch === undefined ? [major, minor + 1, 0] : [major, minor, patch + 1];
  switch (found['operator']) {
    case '>':
      return [['>=', after]];
    case '>=':
      return [['>=', low]];
    case '<':
      return [['<', low]];
    case '<=':
      return [['<', after]];
    case '^':
      return [
        ['>=', low],
        ['<', major > 0 ? [major + 1, 0, 0] : after],
      ];
    case '~':
    case '~>':
      return [
        ['>=', low],
        ['<', minor === undefined ? [major + 1, 0, 0] : [major, minor + 1, 0]],
      ];
    default:
      return [
        ['>=', low],
        ['<', after],
      ];
  }
}

/** A range as package.json has it (https://docs.npmjs.com/cli/using-npm/semver); undefined if it is none. */
function parseRange(text: string): Range | undefined {
  const alternatives = text.split('||').map((alternative) => {
    const words = alternative
      .trim()
      .replace(/(?<!\S)(\S+)\s+-\s+(\S+)/g, '>=$1 <=$2')
      .replace(/([<>]=?|[~^=]|~>)\s+/g, '$1')
      .split(/\s+/)
      .filter((word) => word !== '');
    const parsed = words.map(comparators);
    return parsed.includes(undefined) ? undefined : parsed.flatMap((one) => one ?? []);
  });
  return alternatives.includes(undefined) ? undefined : alternatives.map((one) => one ?? []);
}

/**
 * The tag of the `node` image for a range: a major where its newest release satisfies the range, else a minor, else the
 * exact lower bound. Undefined for what is no range, or one that no supported Node satisfies.
 */
export function tagForRange(text: string): string | undefined {
  const range = text.length <= 200 ? parseRange(text) : undefined;
  if (!range) return undefined;
  const bounds = range.flatMap((alternative) =>
    alternative.flatMap(([operator, version]) => (operator === '>=' || operator === '>' ? [version] : [])),
  );
  const majors = [...CANDIDATES, ...bounds.map(([major]) => major).sort((a, b) => a - b)];
  const tags: readonly (readonly [Version, string])[] = [
    ...majors.map((major) => [[major, LAST, LAST], String(major)] as const),
    ...bounds.map(([major, minor]) => [[major, minor, LAST], `${major}.${minor}`] as const),
    ...bounds.map((version) => [version, version.join('.')] as const),
  ];
  return tags.find(([version, tag]) => satisfies(version, range) && NODE_VERSION.test(tag))?.[1];
}

/** The tag for the contents of .nvmrc or .node-version; undefined if they name no version that there is an image for. */
export function tagForVersionFile(text: string): string | undefined {
  const line = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((one) => one.replace(/#.*/, '').trim())
    .find((one) => one !== '');
  if (line === undefined) return undefined;
  const name = line.toLowerCase();
  if (name === 'lts/*') return String(LONG_TERM[0]?.[0]);
  const back = /^lts\/-(\d)$/.exec(name)?.[1];
  if (back !== undefined) return LONG_TERM[Number(back)]?.[0].toString();
  const codename = LONG_TERM.find(([, called]) => name === `lts/${called}`);
  if (codename) return String(codename[0]);
  const exact = name.replace(/^(?:node-)?v?/, '');
  return NODE_VERSION.test(exact) ? exact : undefined;
}
