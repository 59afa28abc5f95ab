import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Method } from '../../../src/sidecars/firewall/endpoint.ts';
import { makeReader, type ResponseHead } from '../../../src/sidecars/firewall/response.ts';

interface Seen {
  status: number | undefined;
  body: string;
  end: boolean | undefined;
}

/** One expected answer in pieces; an error's message if the reader throws. */
function read(pieces: readonly string[], method: Method = 'GET', eof = false): Seen | string {
  const seen: Seen = { status: undefined, body: '', end: undefined };
  const reader = makeReader();
  reader.expect(method, {
    head: (head: ResponseHead) => {
      seen.status = head.status;
    },
    data: (chunk) => {
      seen.body += chunk.toString('latin1');
    },
    end: (reusable) => {
      seen.end = reusable;
    },
  });
  try {
    for (const piece of pieces) reader.push(Buffer.from(piece, 'latin1'));
    if (eof) reader.eof();
  } catch (error) {
    return error instanceof Error ? error.message : 'thrown';
  }
  return seen;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

describe('the reader of the engine’s answers', () => {
  it.each<[string, string, Method, Seen]>([
    ['a length', `${OK}Content-Length: 2\r\n\r\nhi`, 'GET', { status: 200, body: 'hi', end: true }],
    ['chunks', `${CHUNKED}1\r\nh\r\n1\r\ni\r\n0\r\n\r\n`, 'GET', { status: 200, body: 'hi', end: true }],
    ['no content', 'HTTP/1.1 204 No Content\r\n\r\n', 'POST', { status: 204, body: '', end: true }],
    ['an answer to HEAD', `${OK}Content-Length: 9\r\n\r\n`, 'HEAD', { status: 200, body: '', end: true }],
    ['a length of 0', `${OK}Content-Length: 0\r\n\r\n`, 'GET', { status: 200, body: '', end: true }],
    [
      'an end of the connection',
      `${OK}Connection: close\r\nContent-Length: 2\r\n\r\nhi`,
      'GET',
      { status: 200, body: 'hi', end: false },
    ],
    ['bytes behind it', `${OK}Content-Length: 2\r\n\r\nhiHTTP/1.1 200`, 'GET', { status: 200, body: 'hi', end: false }],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi', 'GET', { status: 200, body: 'hi', end: false }],
  ])('finds the end of an answer by %s, however it is cut', (_, text, method, expected) => {
    expect(read([text], method)).toEqual(expected);
    if (text.endsWith('hiHTTP/1.1 200')) return; // cut before it, the rest comes on an idle connection: the next test
    expect(read([...text], method)).toEqual(expected);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length }), (at) => {
        expect(read([text.slice(0, at), text.slice(at)], method)).toEqual(expected);
      }),
    );
  });

  it('takes everything up to the end of the connection where nothing says more', () => {
    expect(read([`${OK}\r\nab`, 'cd'], 'GET')).toEqual({ status: 200, body: 'abcd', end: undefined });
    expect(read([`${OK}\r\nab`, 'cd'], 'GET', true)).toEqual({ status: 200, body: 'abcd', end: false });
  });

  it.each([
    ['bytes that nobody asked for', [`${OK}Content-Length: 2\r\n\r\nhi`, 'HTTP/1.1 200 OK\r\n'], false],
    ['two lengths', [`${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\n`], false],
    ['a length and chunks', [`${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`], false],
    ['a coding that is not chunked', [`${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`], false],
    ['a length that is no number', [`${OK}Content-Length: +2\r\n\r\n`], false],
    ['a chunk without a size', [`${CHUNKED}x\r\n`], false],
    ['a chunk with an extension', [`${CHUNKED}1;a=b\r\nh\r\n`], false],
    ['a chunk that is longer than it says', [`${CHUNKED}1\r\nhi\r\n`], false],
    ['a trailer', [`${CHUNKED}1\r\nh\r\n0\r\nX: y\r\n\r\n`], false],
    ['a size of nine digits', [`${CHUNKED}000000001\r\nh\r\n`], false],
    ['an interim answer', ['HTTP/1.1 100 Continue\r\n\r\n'], false],
    ['another protocol', ['SSH-2.0-x\r\n\r\n'], false],
    ['a folded header', [`${OK}A: b\r\n c\r\n\r\n`], false],
    ['a head without an end', [`${OK}${'A: b\r\n'.repeat(20_000)}`], false],
    ['an early end', [`${OK}Content-Length: 5\r\n\r\nhi`], true],
    ['an end in a chunk', [`${CHUNKED}5\r\nhi`], true],
    ['an end before the head', ['HTTP/1.1 2'], true],
  ])('takes nothing for an answer that has %s', (_, pieces, eof) => {
    expect(read(pieces, 'GET', eof)).toMatch(/^the engine’s answer /);
  });
});
