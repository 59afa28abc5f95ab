/** Names of containers, networks and volumes, and ids (moby: daemon/names, RestrictedNameChars). */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;
/** One part of an image reference. */
const IMAGE_PART = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,254}$/;

/**
 * Matches checked segments against `/containers/{id}/logs`. `{name*}` takes one or more. Segments are compared whole and
 * case-sensitively, as the engine's router does; there are no prefixes.
 */
export function matchPath(template: string, segments: readonly string[]): Readonly<Record<string, string>> | undefined {
  const [, ...parts] = template.split('/');
  const star = parts.findIndex((part) => part.endsWith('*}'));
  const spare = segments.length - parts.length;
  if (star < 0 ? spare !== 0 : spare < 0) return undefined;
  const params: [string, string][] = [];
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const width = index === star ? spare + 1 : 1;
    const taken = segments.slice(at, at + width);
    at += width;
    const name = /^\{([A-Za-z]+)\*?\}$/.exec(part)?.[1];
    if (name === undefined) {
      if (taken[0] !== part) return undefined;
    } else {
      const allowed = index === star ? IMAGE_PART : NAME;
      if (!taken.every((segment) => allowed.test(segment))) return undefined;
      params.push([name, taken.join('/')]);
    }
  }
  return Object.fromEntries(params);
}
