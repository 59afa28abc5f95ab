// The grammar of github.com/distribution/reference, regexp.go.
const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const HOST = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::[0-9]{1,5})?';

export const REPOSITORY: string = `(?:${HOST}/)?${PART}(?:/${PART})*`;
export const TAG = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
export const DIGEST = 'sha256:[0-9a-f]{64}';
/** The engine takes these for ids, behind which anything can stand. */
const NO_ID = '(?!(?:(?:index\\.)?docker\\.io/)?(?:library/)?(?:[0-9a-f]{64}|sha256)(?:[:@]|$))';
/** Without `docker.io/` the next part would be another registry. */
const ONE_HOST = '(?!(?:index\\.)?docker\\.io/(?:localhost|[^/]*[.:A-Z][^/]*)/)';

/**
 * Images that a policy names: `postgres:16`, `postgres:*` for each tag and digest, `registry.example.com/team/*` for all
 * below, `*` for all of Docker Hub.
 */
export const IMAGE_PATTERN = new RegExp(
  `^${NO_ID}${ONE_HOST}(?=.{1,255}$)(?:\\*|(?:${HOST}/|${PART}/)(?:${PART}/)*\\*|${REPOSITORY}(?::\\*|(?::${TAG})?(?:@${DIGEST})?))$`,
  'u',
);
