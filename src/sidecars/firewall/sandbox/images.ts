import { DIGEST, IMAGE_PATTERN, REPOSITORY, TAG } from '../../../policy/image-pattern.ts';

/** An image as people write it, taken apart: `postgres:16`, `registry.example.com:5000/team/app@sha256:…`. */
export interface Reference {
  /** Without `docker.io/` and `library/`. */
  readonly repository: string;
  /** Of another registry than Docker Hub. */
  readonly registry: string | undefined;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const REFERENCE = new RegExp(`^(${REPOSITORY})(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const MAX_LENGTH = 255;
const HUB = /^(?:index\.)?docker\.io\//;

/**
 * Takes a reference apart, or gives undefined if it is none or could be an id: the engine looks up `sha256:abc…` and
 * 64 hexadecimal digits by id, and no name says what stands behind one.
 */
export function parseReference(text: string): Reference | undefined {
  if (!(text.length <= MAX_LENGTH)) return undefined;
  const [, name, tag, digest] = REFERENCE.exec(text) ?? [];
  if (name === undefined || /^[0-9a-f]{64}$/.test(name) || name === 'sha256') return undefined;
  const [first = '', ...rest] = name.split('/');
  const isHost = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  const registry = isHost && !HUB.test(name) ? first : undefined;
  const repository = registry === undefined ? name.replace(HUB, '').replace(/^library\/(?=[^/]+$)/, '') : name;
  return { repository, registry, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest };
}

/** With the tag or digest written out, so that the engine has nothing to add. A digest says more than a tag beside it. */
export const printReference = ({ repository, tag, digest }: Reference): string =>
  digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`;

/**
 * Whether a pattern covers an image. `postgres:16` one tag, `postgres` the tag latest, `postgres@sha256:…` one digest,
 * `postgres:*` each tag and digest, `registry.example.com/team/*` all below. `*` is all of Docker Hub: with other
 * registries it would let the client make the engine connect to any host, so those have to be named.
 */
function covers(pattern: string, image: Reference): boolean {
  if (pattern === '*') return image.registry === undefined;
  if (pattern.endsWith('/*')) {
    const start = pattern.slice(0, -1);
    return parseReference(`${start}x`)?.registry === image.registry && path(image).startsWith(start.replace(HUB, ''));
  }
  const anyTag = pattern.endsWith(':*');
  const wanted = parseReference(anyTag ? pattern.slice(0, -2) : pattern);
  if (wanted === undefined || wanted.repository !== image.repository) return false;
  if (anyTag) return true;
  return image.digest === undefined ? image.tag === wanted.tag : image.digest === wanted.digest;
}

/** Docker Hub keeps images without a slash below `library`. */
const path = ({ repository, registry }: Reference): string =>
  registry === undefined && !repository.includes('/') ? `library/${repository}` : repository;

/** Whether settings may hold it as a pattern. */
export const isImagePattern = (text: string): boolean => IMAGE_PATTERN.test(text);

export const isAllowed = (patterns: readonly string[], image: Reference): boolean =>
  patterns.some((pattern) => covers(pattern, image));

/** The same for a name as the engine lists it. */
export function isAllowedName(patterns: readonly string[], name: string): boolean {
  const image = parseReference(name);
  return image !== undefined && isAllowed(patterns, image);
}
