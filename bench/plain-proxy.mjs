// What one would write first: a reverse proxy of node:http, without rules, filters or log. A yardstick, not a firewall.
//
//     node bench/plain-proxy.mjs PORT SOCKET
import http from 'node:http';

const [port, socketPath] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 128 });

http
  .createServer((request, response) => {
    const { method, url: path, headers } = request;
    const call = http.request({ socketPath, agent, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    call.on('error', () => response.destroy());
    response.on('close', () => call.destroy());
    request.pipe(call);
  })
  .listen(Number(port), '127.0.0.1');
