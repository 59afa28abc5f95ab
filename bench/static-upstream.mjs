// Stands in for the engine where the proxies' own cost shall show: canned bytes on raw sockets, no HTTP library.
//
//     node bench/static-upstream.mjs SOCKET FILE      FILE: { project, containers }, as an engine listed them
import { readFileSync } from 'node:fs';
import net from 'node:net';

const [socketPath, file] = process.argv.slice(2);
const { project, containers } = JSON.parse(readFileSync(file, 'utf8'));

const HEADERS = 'Api-Version: 1.51\r\nDocker-Experimental: false\r\nOstype: linux\r\nServer: static\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const LOG_TYPE = 'Content-Type: application/vnd.docker.multiplexed-stream\r\n';
const HEAD_END = '\r\n\r\n';
const END = Buffer.from('0\r\n\r\n');
const LOG_LINES = 200_000;

const fixed = (body, type = JSON_TYPE, status = '200 OK') =>
  Buffer.from(`HTTP/1.1 ${status}\r\n${HEADERS}${type}Content-Length: ${body.length}\r\n\r\n${body}`);
const chunkedHead = (type) => Buffer.from(`HTTP/1.1 200 OK\r\n${HEADERS}${type}Transfer-Encoding: chunked\r\n\r\n`);
const chunk = (body) => Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
/** As the engine does with every answer that does not fit its buffer of 2 KiB. */
const chunked = (body) => Buffer.concat([chunkedHead(JSON_TYPE), chunk(Buffer.from(body)), END]);

const ABSENT = fixed('{"message":"page not found"}', JSON_TYPE, '404 Not Found');
const ANSWERS = new Map([
  ['/_ping', fixed('OK', 'Content-Type: text/plain; charset=utf-8\r\n')],
  ['/version', fixed('{"Version":"28.5.2","ApiVersion":"1.51","MinAPIVersion":"1.24","Os":"linux","Arch":"amd64"}')],
  ['/networks', fixed('[]')],
  ['/volumes', fixed('{"Volumes":[],"Warnings":null}')],
  ['/images/json', fixed('[]')],
]);
const ALL = chunked(JSON.stringify(containers));
/** A client that filters by the project's label gets what an engine would give it. */
const OWN = chunked(
  JSON.stringify(containers.filter(({ Labels }) => Labels['com.docker.compose.project'] === project)),
);

/** A line of 200 bytes in the engine's frame: stream, three zeros, length. The engine makes every line a chunk. */
const FRAME = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 200]), Buffer.alloc(199, 'x'), Buffer.from('\n')]);
const LINES_AT_ONCE = 160;
const LINES = Buffer.concat(Array(LINES_AT_ONCE).fill(chunk(FRAME)));

function sendLogs(socket) {
  let left = LOG_LINES;
  const more = () => {
    while (left > 0 && !socket.destroyed) {
      left -= LINES_AT_ONCE;
      if (!socket.write(LINES)) {
        socket.once('drain', more);
        return;
      }
    }
    socket.write(END);
  };
  socket.write(chunkedHead(LOG_TYPE));
  more();
}

function answer(socket, target) {
  const path = target.replace(/^\/v1\.\d+/, '').split('?', 1)[0];
  const canned = ANSWERS.get(path);
  if (canned !== undefined) {
    socket.write(canned);
  } else if (path === '/containers/json') {
    socket.write(decodeURIComponent(target).includes(`com.docker.compose.project=${project}`) ? OWN : ALL);
  } else if (path === '/events') {
    socket.write(chunkedHead(JSON_TYPE)); // nothing ever happens
  } else if (/^\/containers\/[^/]+\/logs$/.test(path)) {
    if (!/[?&]follow=(?:1|true)(?:&|$)/.test(target)) sendLogs(socket);
    else socket.write(Buffer.concat([chunkedHead(LOG_TYPE), chunk(FRAME)])); // one line, then silence
  } else {
    socket.write(ABSENT);
  }
}

const server = net.createServer((socket) => {
  let pending = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    pending += bytes.toString('latin1');
    for (let end = pending.indexOf(HEAD_END); end >= 0; end = pending.indexOf(HEAD_END)) {
      const [, target = ''] = pending.split(' ', 2);
      pending = pending.slice(end + HEAD_END.length);
      answer(socket, target);
    }
  });
});
server.listen(socketPath);
