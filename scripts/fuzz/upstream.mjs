// Stands in for the engine: writes down what arrives and gives plausible answers.
import { once } from 'node:events';
import http from 'node:http';
import { FOREIGN, IMAGE, OWN, PROJECT } from './inputs.mjs';

const ID = `sha256:${'b'.repeat(64)}`;
const container = (Id, name, project) => ({
  Id,
  Names: [`/${name}`],
  Image: IMAGE,
  ImageID: ID,
  Labels: { 'com.docker.compose.project': project, 'com.docker.compose.service': name },
  State: 'running',
  Status: 'Up 1 second',
  Created: 1,
  Ports: [],
  Mounts: [],
  NetworkSettings: { Networks: {} },
});
const Labels = { 'com.docker.compose.project': PROJECT };
const LISTS = {
  '/containers/json': [container(OWN, 'web', PROJECT), container(FOREIGN, 'foreign', 'other')],
  '/networks': [{ Id: 'c'.repeat(64), Name: 'net', Driver: 'bridge', Scope: 'local', Labels, IPAM: { Config: [] } }],
  '/volumes': { Volumes: [{ Name: 'vol', Driver: 'local', Scope: 'local', Labels }], Warnings: null },
  '/images/json': [{ Id: ID, RepoTags: [IMAGE], Labels: null, Created: 1, Size: 1 }],
};
/** What the firewall asks on its own to know what is whose; also a client's question arrives so. */
const isLookUp = ({ method, url }) =>
  method === 'GET' && ['/containers/json?all=1', '/networks', '/volumes', '/images/json'].includes(url);

function answerTo(method, path) {
  if (LISTS[path]) return [200, LISTS[path]];
  if (method === 'POST') return path.endsWith('/create') ? [201, { Id: 'd'.repeat(64), Name: 'mine' }] : [204];
  if (path === '/version') return [200, { Version: '28.5.2', ApiVersion: '1.51', MinAPIVersion: '1.24', Os: 'linux' }];
  if (path.endsWith('/json')) return [200, { Id: path.startsWith('/images/') ? ID : OWN, Created: '1', Name: '/web' }];
  return [200, {}];
}

/** `requests` holds what came since it was emptied, `broken` what was no HTTP. */
export async function startUpstream(socketPath) {
  const requests = [];
  const broken = [];
  const server = http.createServer((request, response) => {
    const { method, url } = request;
    requests.push({ method, url, lookUp: isLookUp(request) });
    const path = url.replace(/^\/v1\.\d+/, '').split('?', 1)[0];
    request.resume();
    response.setHeader('Api-Version', '1.51');
    if (path === '/_ping') {
      response.end('OK');
      return;
    }
    const [status, body] = answerTo(method, path);
    if (body !== undefined) response.setHeader('Content-Type', 'application/json');
    response.writeHead(status).end(body && JSON.stringify(body));
  });
  server.on('clientError', (error, socket) => {
    if (error.code?.startsWith('HPE_')) broken.push(error.message); // anything else is a connection that was given up
    socket.destroy();
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return { requests, broken, close: () => server.closeAllConnections() ?? server.close() };
}
