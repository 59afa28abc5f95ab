// Apps as they are in a box, for the forward's live tests. `ws` comes from the workspace.
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';

const [name, folder] = process.argv.slice(2);
const { WebSocketServer } = createRequire(import.meta.url)(`${folder}/ws`);

// As development servers do: on what `localhost` is there, and no other address.
const web = http.createServer((request, response) => response.end(`${name} ${request.headers.host} ${process.pid}`));
new WebSocketServer({ server: web }).on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
web.listen(3000, 'localhost');

// Answers when the question is over.
net
  .createServer({ allowHalfOpen: true }, (socket) => {
    let asked = '';
    socket.on('data', (chunk) => {
      asked += chunk;
    });
    socket.on('end', () => socket.end(`all of ${asked}`));
    socket.on('error', () => {});
  })
  .listen(3001, '::1');

// Sends for as long as somebody reads, and says how much.
let sent = 0;
net
  .createServer((socket) => {
    const more = () => {
      while (socket.write(Buffer.alloc(256 * 1024), () => (sent += 256 * 1024)));
    };
    socket.on('drain', more);
    socket.on('error', () => {});
    more();
  })
  .listen(3002, '127.0.0.1');
net.createServer((socket) => socket.end(String(sent))).listen(3003, '127.0.0.1');
