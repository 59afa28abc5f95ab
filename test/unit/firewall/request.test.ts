import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessOf } from '../../../src/sidecars/firewall/access.ts';
import { route } from '../../../src/sidecars/firewall/decide.ts';
import { ENDPOINTS } from '../../../src/sidecars/firewall/endpoints/index.ts';
import { target } from '../../../src/sidecars/firewall/forward.ts';
import { parseHead } from '../../../src/sidecars/firewall/request.ts';
import { buildScope } from '../../../src/sidecars/firewall/scope.ts';
import { rulesOf } from '../../support/rules.ts';

const HOST = 'Host: docker';
const head = (line: string, ...headers: string[]): string => [line, ...headers].join('\r\n');

/** What becomes of a request: its endpoint or the refusal's code. */
function outcome(text: string): string {
  const parsed = parseHead(text);
  if ('allow' in parsed) return parsed.code;
  const routed = route(parsed, accessOf('read'));
  return 'allow' in routed ? routed.code : routed.endpoint.id;
}

describe('the request parser', () => {
  it('reads what the docker CLI sends', () => {
    const text = head(
      'GET /v1.51/containers/json?all=1&filters=%7B%22label%22%3A%7B%22a%3Db%22%3Atrue%7D%7D HTTP/1.1',
      'Host: api.moby.localhost',
      'User-Agent: Docker-Client/28.5.2 (linux)',
    );
    const parsed = parseHead(text);
    expect(parsed).toMatchObject({ method: 'GET', version: '/v1.51', segments: ['containers', 'json'], body: 0 });
    expect('allow' in parsed ? undefined : parsed.query.get('filters')).toBe('{"label":{"a=b":true}}');
    expect(outcome(text)).toBe('ContainerList');
  });

  it.each([
    ['an encoded slash', 'GET /containers%2fjson HTTP/1.1'],
    ['an encoded letter', 'GET /%63ontainers/json HTTP/1.1'],
    ['an encoded dot segment', 'GET /containers/%2e%2e/swarm HTTP/1.1'],
    ['a double slash', 'GET //containers/json HTTP/1.1'],
    ['an inner double slash', 'GET /containers//json HTTP/1.1'],
    ['a dot segment', 'GET /./containers/json HTTP/1.1'],
    ['a double dot segment', 'GET /info/../swarm HTTP/1.1'],
    ['a backslash', 'GET /info\\..\\swarm HTTP/1.1'],
    ['a fragment', 'GET /info#/swarm HTTP/1.1'],
    ['a semicolon', 'GET /info;/swarm HTTP/1.1'],
    ['absolute form', 'GET http://docker/info HTTP/1.1'],
    ['authority form', 'CONNECT docker:2375 HTTP/1.1'],
    ['asterisk form', 'OPTIONS * HTTP/1.1'],
    ['a trailing slash', 'GET /networks/ HTTP/1.1'],
    ['the root', 'GET / HTTP/1.1'],
    ['a long version', 'GET /v0001.0041/info HTTP/1.1'],
    ['a version with a dot', 'GET /v1.41./info HTTP/1.1'],
    ['a version with letters', 'GET /v1.41abc/info HTTP/1.1'],
    ['an empty version', 'GET /v/info HTTP/1.1'],
    ['a very old version', 'GET /v1.9/info HTTP/1.1'],
    ['version 2', 'GET /v2.10/info HTTP/1.1'],
    ['HTTP/1.0', 'GET /info HTTP/1.0'],
    ['HTTP/1.2', 'GET /info HTTP/1.2'],
    ['HTTP/2.0', 'GET /info HTTP/2.0'],
    ['the HTTP/2 preface', 'PRI * HTTP/2.0'],
    ['HTTP/0.9', 'GET /info'],
    ['two spaces', 'GET  /info HTTP/1.1'],
    ['tabs', 'GET\t/info\tHTTP/1.1'],
    ['a small method', 'get /info HTTP/1.1'],
    ['a leading empty line', '\r\nGET /info HTTP/1.1'],
    ['a byte above ASCII', 'GET /inf\u00f6 HTTP/1.1'],
    ['a zero byte', 'GET /info\0 HTTP/1.1'],
    ['a query without value', 'GET /containers/json?all HTTP/1.1'],
    ['an empty query', 'GET /containers/json? HTTP/1.1'],
    ['a small percent code', 'GET /containers/json?filters=%7b%7d HTTP/1.1'],
    ['a broken percent code', 'GET /containers/json?filters=%7 HTTP/1.1'],
    ['an encoded zero byte', 'GET /containers/json?filters=%00 HTTP/1.1'],
    ['overlong UTF-8', 'GET /containers/json?filters=%C0%AF HTTP/1.1'],
    ['an encoded key', 'GET /containers/json?%61ll=1 HTTP/1.1'],
    ['a second question mark', 'GET /containers/json?all=1?all=0 HTTP/1.1'],
    ['a semicolon between parameters', 'GET /containers/json?all=1;size=1 HTTP/1.1'],
    ['a key twice', 'GET /containers/json?all=1&all=0 HTTP/1.1'],
  ])('refuses %s', (_, line) => {
    expect(parseHead(head(line, HOST))).toMatchObject({ allow: false, status: 400 });
  });

  it.each([
    ['no Host', []],
    ['two Hosts', [HOST, HOST]],
    ['length and coding', [HOST, 'Content-Length: 0', 'Transfer-Encoding: chunked']],
    ['two equal lengths', [HOST, 'Content-Length: 0', 'Content-Length: 0']],
    ['a length with sign', [HOST, 'Content-Length: +5']],
    ['a length in hex', [HOST, 'Content-Length: 0x5']],
    ['a negative length', [HOST, 'Content-Length: -1']],
    ['a list of lengths', [HOST, 'Content-Length: 0, 0']],
    ['an unknown coding', [HOST, 'Transfer-Encoding: xchunked']],
    ['a coding with vertical tab', [HOST, 'Transfer-Encoding: \vchunked']],
    ['two codings', [HOST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['a space before the colon', [HOST, 'Transfer-Encoding : chunked']],
    ['a folded line', [HOST, 'X-A: b', ' Transfer-Encoding: chunked']],
    ['a bare line feed', [HOST, 'X-A: b\nTransfer-Encoding: chunked']],
    ['a bare carriage return', [HOST, 'X-A: b\rTransfer-Encoding: chunked']],
    ['a nameless header', [HOST, ': x']],
    ['a header without colon', [HOST, 'x']],
    ['65 headers', [HOST, ...Array.from({ length: 64 }, (_, index) => `X-${index}: 1`)]],
  ])('refuses a request with %s', (_, headers) => {
    const parsed = parseHead(head('GET /info HTTP/1.1', ...headers));
    expect(['malformed', 'too-many-headers']).toContain('allow' in parsed ? parsed.code : 'read');
  });

  it('reads headers as RFC 9110 says, however many blanks are in them', () => {
    const blanks = ' \t'.repeat(8 * 1024);
    const verdict = (header: string): unknown => {
      const parsed = parseHead(head('GET /info HTTP/1.1', HOST, header));
      return 'allow' in parsed ? parsed.code : [parsed.contentType, parsed.close, parsed.upgrade];
    };
    expect(verdict(`Content-Type:${blanks}text/plain${blanks}`)).toEqual(['text/plain', false, false]);
    expect(verdict(`Content-Type:${blanks}`)).toEqual(['', false, false]);
    expect(verdict(`X:a${blanks}b`)).toEqual(['', false, false]);
    expect(verdict(`Connection: a${blanks},${blanks}close${blanks},${blanks}`)).toEqual(['', true, false]);
    expect(verdict(`Connection:${blanks}close${blanks}x`)).toEqual(['', false, false]);
    expect(verdict('Connection: keep-alive ,\tUpgrade')).toEqual(['', false, true]);
    for (const bad of ['\x80', '\xa0', '\0', '\x7f', '\r', '\n', '\v']) {
      expect(verdict(`X:${blanks}${bad}`)).toBe('malformed');
      expect(verdict(`X:a${blanks}${bad}${blanks}b`)).toBe('malformed');
      expect(verdict(`X:${bad}${blanks}`)).toBe('malformed');
      expect(verdict(`Connection: close${bad}`)).toBe('malformed');
    }
    expect(verdict(`${'x'.repeat(64)}: a`)).toEqual(['', false, false]);
    expect(verdict(`${'x'.repeat(65)}: a`)).toBe('malformed');
    expect(verdict(`${blanks}X: a`)).toBe('malformed');
  });

  it('takes and refuses the same headers as the grammar of RFC 9110, and reads the same value', () => {
    // Written as the grammar is, for short texts; the parser's own way must be linear.
    const grammar = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}:[ \t]*((?:[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)?)[ \t]*$/;
    const piece = fc.constantFrom('Content-Type', 'X', ':', ' ', '\t', 'a', ';', '"', '\x80', '\xa0', '\v', '\n', '\0');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = `Content-Type${pieces.join('')}`;
        const parsed = parseHead(head('GET /info HTTP/1.1', HOST, text));
        const value = grammar.exec(text)?.[1];
        if (value === undefined) expect(parsed).toMatchObject({ allow: false, code: 'malformed' });
        else if (text.startsWith('Content-Type:'))
          expect(parsed).toMatchObject({ contentType: /^[^;\s]*/.exec(value.toLowerCase())?.[0] });
        else expect(parsed).toMatchObject({ contentType: '' });
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    ['a body', [HOST, 'Content-Length: 5']],
    ['a coded body', [HOST, 'Transfer-Encoding: chunked']],
    ['an upgrade', [HOST, 'Connection: Upgrade', 'Upgrade: tcp']],
    ['an upgrade to HTTP/2', [HOST, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AA']],
    ['an upgrade without Connection', [HOST, 'Upgrade: websocket']],
  ])('refuses a reading request with %s', (_, headers) => {
    expect(['body', 'upgrade']).toContain(outcome(head('GET /info HTTP/1.1', ...headers)));
  });

  it('calls a length together with a coding malformed, whatever the path', () => {
    expect(outcome(head('GET /nowhere HTTP/1.1', HOST, 'Content-Length: 0', 'Transfer-Encoding: chunked'))).toBe(
      'malformed',
    );
  });

  it('sends nothing but what the table names, whatever is asked', () => {
    const id = 'a'.repeat(64);
    const image = `sha256:${'b'.repeat(64)}`;
    const labels = { 'com.docker.compose.project': 'shop' };
    const scope = buildScope(rulesOf({ kind: 'project', project: 'shop', services: [] }), {
      containers: [{ Id: id, Names: ['/web'], ImageID: image, Labels: labels }],
      networks: [{ Id: id, Name: 'net', Labels: labels }],
      volumes: { Volumes: [{ Name: 'vol', Labels: labels }] },
      images: [{ Id: image, RepoTags: ['web:1'] }],
    });
    const allowed =
      /^(?:\/v1\.[1-9]\d)?\/(?:_ping|version|info|events|system\/df|networks|volumes|(?:containers|images)\/json|containers\/a{64}\/(?:json|logs|top|stats)|networks\/a{64}|volumes\/vol|images\/sha256:b{64}\/json)(?:\?[\w.~!*'()%&=-]*)?$/;
    const word = fc.oneof(
      fc.constantFrom('containers', 'images', 'networks', 'volumes', 'json', 'logs', 'top', 'stats', 'info', 'archive'),
      fc.constantFrom(
        'web',
        'vol',
        'net',
        id,
        'web:1',
        'v1.51',
        'v1.24',
        '..',
        '.',
        '',
        '%2e%2e',
        '%2f',
        '_ping',
        'exec',
      ),
      fc.constantFrom(
        'attach',
        'ws',
        'export',
        'get',
        'events',
        'version',
        'system',
        'df',
        'swarm',
        'secrets',
        'plugins',
      ),
      fc.string({ maxLength: 6 }),
    );
    const pair = fc.tuple(
      fc.constantFrom('all', 'filters', 'limit', 'ps_args', 'path', 'size', 'tail', 'since', 'follow', '__proto__'),
      fc.oneof(fc.constantFrom('1', '0', 'eww', '/root', '{}', '{"id":["x"]}'), fc.string({ maxLength: 8 })),
    );
    // Words alone rarely make a path of the table; these are of it, but for what the word does to them.
    const near = fc
      .tuple(
        fc.constantFrom(
          '_ping',
          'info',
          'containers/json',
          'containers/web/logs',
          `containers/${id}/stats`,
          'volumes/vol',
        ),
        fc.option(word, { freq: 2 }),
        fc.boolean(),
      )
      .map(([path, added, before]) => [
        ...(added !== null && before ? [added] : []),
        path,
        ...(added !== null && !before ? [added] : []),
      ]);
    let open = 0;
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'),
        fc.oneof(fc.array(word, { maxLength: 5 }), near),
        fc.array(pair, { maxLength: 2 }),
        fc.boolean(),
        (method, words, pairs, encode) => {
          const query = pairs.map(([key, value]) => `${key}=${encode ? encodeURIComponent(value) : value}`).join('&');
          const parsed = parseHead(head(`${method} /${words.join('/')}${query && `?${query}`} HTTP/1.1`, HOST));
          if ('allow' in parsed) return;
          const routed = route(parsed, accessOf('read'));
          if ('allow' in routed) return;
          expect(ENDPOINTS).toContain(routed.endpoint);
          const decision = routed.endpoint.decide(routed.asked, scope);
          if (!decision.allow) return;
          open++;
          expect(target(parsed.version, decision.send)).toMatch(allowed);
        },
      ),
      { numRuns: 20_000 },
    );
    expect(open).toBeGreaterThan(100); // otherwise the property says nothing
  });
});
