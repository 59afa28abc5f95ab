import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IMAGE_PATTERN } from '../../../src/policy/image-pattern.ts';
import {
  isAllowedName,
  isImagePattern,
  parseReference,
  printReference,
} from '../../../src/sidecars/firewall/sandbox/images.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('the name of an image', () => {
  it.each([
    ['debian', 'debian:latest'],
    ['debian:12', 'debian:12'],
    ['library/debian:12', 'debian:12'],
    ['docker.io/debian', 'debian:latest'],
    ['docker.io/library/debian:12', 'debian:12'],
    ['index.docker.io/library/debian:12', 'debian:12'],
    ['team/app:1', 'team/app:1'],
    ['docker.io/team/app:1', 'team/app:1'],
    ['registry.example.com:5000/team/app', 'registry.example.com:5000/team/app:latest'],
    ['localhost/app:1', 'localhost/app:1'],
    [`debian@${DIGEST}`, `debian@${DIGEST}`],
    [`debian:12@${DIGEST}`, `debian@${DIGEST}`],
  ])('%s is sent as %s', (given, printed) => {
    const reference = parseReference(given);
    expect(reference && printReference(reference)).toBe(printed);
  });

  it.each([
    ['an id', 'a'.repeat(64)],
    ['an id with its algorithm', DIGEST],
    ['a short id with its algorithm', 'sha256:abcdef'],
    ['nothing', ''],
    ['capitals', 'Debian'],
    ['a space', 'debian 12'],
    ['a tag twice', 'debian:12:13'],
    ['a digest of another kind', `debian@md5:${'a'.repeat(32)}`],
    ['dots that go up', '../debian'],
    ['a query', 'debian?x=1'],
    ['a line end', 'debian\n'],
    ['another registry behind Docker Hub', 'docker.io/127.0.0.1/latest'],
    ['another registry behind the old name of Docker Hub', 'index.docker.io/registry.corp.com/x'],
    ['another registry on this machine', 'docker.io/localhost/x'],
    ['another registry in capitals', 'docker.io/Corp/x'],
    ['another registry that is Docker Hub', 'docker.io/docker.io/x'],
    ['an id behind Docker Hub', 'docker.io/sha256:abcdef'],
    ['an id below library', `library/${'a'.repeat(64)}`],
    ['256 characters', `${'a'.repeat(255)}b`],
  ])('cannot be %s', (_, given) => {
    expect(parseReference(given)).toBeUndefined();
  });

  it('means the same when the engine reads what is sent', () => {
    fc.assert(fc.property(written, sameAgain), { numRuns: 20_000 });
    fc.assert(fc.property(fc.stringMatching(new RegExp(REFERENCE)), sameAgain));
  });

  it('means the same in a pattern', () => {
    fc.assert(
      fc.property(written, (name) => {
        if (!IMAGE_PATTERN.test(name)) return;
        expect(parseReference(name)).toBeDefined();
        sameAgain(name);
      }),
      { numRuns: 20_000 },
    );
    for (const name of [
      'docker.io/127.0.0.1/*',
      'docker.io/127.0.0.1/x',
      'docker.io/sha256:ab',
      'docker.io/localhost/*',
    ])
      expect(isImagePattern(name)).toBe(false);
  });
});

const PARTS = ['docker.io', 'index.docker.io', 'library', 'localhost', '127.0.0.1', 'corp.com', 'corp:5000', 'Corp'];
/** Names of the parts that have a meaning of their own. */
const written = fc
  .tuple(
    fc.array(fc.constantFrom(...PARTS, 'a', 'latest', 'sha256', 'f'.repeat(64)), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', ':1', ':abcdef', `@${DIGEST}`, `:1@${DIGEST}`),
  )
  .map(([parts, end]) => `${parts.join('/')}${end}`);
const REFERENCE = '^(docker\\.io/)?([a-zA-Z0-9.-]{1,5}/){0,2}[a-z0-9]{1,5}(:[a-z0-9]{1,3})?$';

function sameAgain(name: string): void {
  const first = parseReference(name);
  if (first === undefined) return;
  const { registry, repository } = first;
  expect(parseReference(printReference(first))).toMatchObject({ registry, repository });
}

describe('the list of images', () => {
  it.each([
    ['debian:12', 'debian:12', true],
    ['debian:12', 'docker.io/library/debian:12', true],
    ['debian:12', 'debian:13', false],
    ['debian:12', 'debian', false],
    ['debian:12', `debian@${DIGEST}`, false],
    ['debian', 'debian:latest', true],
    ['debian:*', 'debian:13', true],
    ['debian:*', `debian@${DIGEST}`, true],
    ['debian:*', 'debian-evil:12', false],
    ['debian:*', 'evil/debian:12', false],
    ['debian:*', 'evil.example.com/debian:12', false],
    [`debian@${DIGEST}`, `debian@${DIGEST}`, true],
    [`debian@${DIGEST}`, `debian:12@${DIGEST}`, true],
    ['library/*', 'debian:12', true],
    ['library/*', 'team/app', false],
    ['team/*', 'team/app:1', true],
    ['team/*', 'team/deep/app:1', true],
    ['team/*', 'team-evil/app', false],
    ['team/*', 'team.example.com/app', false],
    ['docker.io/team/*', 'team/app', true],
    ['docker.io/*', 'team/app', true],
    ['docker.io/*', 'evil.example.com/app', false],
    ['registry.example.com/team/*', 'registry.example.com/team/app:1', true],
    ['registry.example.com/team/*', 'registry.example.com/other/app:1', false],
    ['registry.example.com/*', 'registry.example.com:5000/app', false],
    ['*', 'debian:12', true],
    ['*', 'team/app:1', true],
    ['*', '127.0.0.1:5000/app', false],
    ['*', 'localhost/app', false],
    ['*', DIGEST, false],
    ['*', 'a'.repeat(64), false],
  ])('%s covers %s: %s', (pattern, name, covered) => {
    expect(isAllowedName([pattern], name, [`${parseReference(name)?.repository}@${DIGEST}`])).toBe(covered);
  });

  it.each(['*', 'other/*', 'docker.io/*'])('covers no image that was built here by %s', (pattern) => {
    const name = 'other/private:1';
    expect(isAllowedName([pattern], name, [])).toBe(false);
    expect(isAllowedName([pattern], name, [`corp.example.com/other/private@${DIGEST}`])).toBe(false);
    expect(isAllowedName([pattern], name, [`other/private@${DIGEST}`])).toBe(true);
    expect(isAllowedName(['other/private:*'], name, [])).toBe(true);
  });

  it.each([
    '*',
    'debian',
    'debian:12',
    'debian:*',
    'team/*',
    'docker.io/*',
    'registry.example.com:5000/*',
    `debian@${DIGEST}`,
  ])('can hold %s', (pattern) => {
    expect(isImagePattern(pattern)).toBe(true);
  });

  it.each(['', '**', 'deb*', 'debian:1*', '*/app', '/*', DIGEST, 'Debian:*', 'a b'])('cannot hold %j', (pattern) => {
    expect(isImagePattern(pattern)).toBe(false);
    expect(isAllowedName([pattern], 'debian:12', [])).toBe(false);
  });
});
