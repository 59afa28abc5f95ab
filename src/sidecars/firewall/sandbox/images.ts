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
const MAX_NAME = 255;
/** Of name, tag and digest together. */
const MAX_LENGTH = 512;
const HUB = /^(?:index\.)?docker\.io\//;

/**
 * Takes a reference apart, or gives undefined if it is none or could be an id: the engine looks up `sha256:abc…` and
 * 64 hexadecimal digits by id, and no name says what stands behind one. Nor is it one if what is left without
 * `docker.io/` would name another registry or an id when it is read again (distribution/reference: splitDockerDomain).
 */
export function parseReference(text: string): Reference | undefined {
  if (!(text.length <= MAX_LENGTH)) return undefined;
  const [, name, tag, digest] = REFERENCE.exec(text) ?? [];
  if (name === undefined || !(name.length <= MAX_NAME)) return undefined;
  const isHub = HUB.test(name);
  const registry = isHub ? undefined : hostOf(name);
  const repository = registry === undefined ? name.replace(HUB, '').replace(/^library\/(?=[^/]+$)/, '') : name;
  if (isHub && hostOf(repository) !== undefined) return undefined;
  if (/^[0-9a-f]{64}$/.test(repository) || repository === 'sha256') return undefined;
  return { repository, registry, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest };
}

/** What stands before the first slash, if the engine takes it for a registry. */
function hostOf(name: string): string | undefined {
  const [first = '', ...rest] = name.split('/');
  return rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost') ? first : undefined;
}

/** With the tag or digest written out, so that the engine has nothing to add. A digest says more than a tag beside it. */
export const printReference = ({ repository, tag, digest }: Reference): string =>
  digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`;

/**
 * Whether a pattern covers an image. `postgres:16` one tag, `postgres` the tag latest, `postgres@sha256:…` one digest,
 * `postgres:*` each tag and digest, `registry.example.com/team/*` all below. `*` is all of Docker Hub: with other
 * registries it would let the client make the engine connect to any host, so those have to be named. Both `*` cover only
 * what comes from a registry: a local name such as `other/private:1` says nothing about where its contents come from.
 */
function covers(pattern: string, image: Reference, pulled: boolean): boolean {
  if (pattern === '*') return pulled && image.registry === undefined;
  if (pattern.endsWith('/*')) {
    const start = pattern.slice(0, -1);
    const below = parseReference(`${start}x`);
    if (below === undefined || below.registry !== image.registry || !pulled) return false;
    return path(image).startsWith(start.replace(HUB, ''));
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

/** `pulled`: whether it comes from the registry that its name says. */
export const isAllowed = (patterns: readonly string[], image: Reference, pulled: boolean): boolean =>
  patterns.some((pattern) => covers(pattern, image, pulled));

/**
 * The same for a name as the engine lists it, beside the names with digests that it lists. An engine that keeps images the old way
 * knows a digest only of what was pulled or pushed; with containerd’s store it gives one to whatever was built too.
 */
export function isAllowedName(patterns: readonly string[], name: string, digests: readonly string[]): boolean {
  const image = parseReference(name);
  if (image === undefined) return false;
  const pulled = digests.some((one) => {
    const known = parseReference(one);
    return known?.digest !== undefined && known.repository === image.repository;
  });
  return isAllowed(patterns, image, pulled);
}
