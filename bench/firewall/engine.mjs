// The containers that the benchmark makes in the real engine, and how to get rid of them.
import http from 'node:http';

const MARK = 'dev.cofferdam.bench';
const LINE = 'x'.repeat(199);

export function engineSocket() {
  const { DOCKER_HOST = 'unix:///var/run/docker.sock' } = process.env;
  const path = /^unix:\/\/(\/.+)$/.exec(DOCKER_HOST)?.[1];
  if (path === undefined)
    throw new Error(`the benchmark needs an engine on a Unix socket; DOCKER_HOST is ${DOCKER_HOST}`);
  return path;
}

/** One request to whatever listens at a place: `{ status, body }`. */
export function call(place, method, path, body) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-type': 'application/json' };
    const request = http.request({ ...place, method, path, headers, agent: false }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks) }));
    });
    request.on('error', reject);
    request.end(text);
  });
}

export function makeEngine(socketPath, run) {
  async function ask(method, path, body) {
    const { status, body: answer } = await call({ socketPath }, method, path, body);
    if (!(status >= 200 && status < 300)) throw new Error(`${method} ${path} gave ${status}: ${answer}`);
    return answer.length > 0 ? answer : undefined;
  }
  const json = async (method, path, body) => JSON.parse(await ask(method, path, body));
  const mine = encodeURIComponent(JSON.stringify({ label: [`${MARK}=${run}`] }));
  let image;
  let made = 0;

  async function anyImage() {
    const tags = (await json('GET', '/images/json')).flatMap(({ RepoTags }) => RepoTags ?? []);
    const tag = tags.find((name) => name.startsWith('debian:')) ?? tags.find((name) => !name.startsWith('<none>'));
    if (tag === undefined) throw new Error('the engine has no image: scripts/engine/up.mjs makes some');
    return tag;
  }

  /** As compose labels its containers. */
  async function create(project, command) {
    image ??= await anyImage();
    made++;
    const labels = {
      [MARK]: run,
      'com.docker.compose.config-hash': 'f'.repeat(64),
      'com.docker.compose.container-number': '1',
      'com.docker.compose.oneoff': 'False',
      'com.docker.compose.project': project,
      'com.docker.compose.project.config_files': `/srv/${project}/compose.yaml`,
      'com.docker.compose.project.working_dir': `/srv/${project}`,
      'com.docker.compose.service': `service-${made}`,
      'com.docker.compose.version': '2.40.3',
    };
    const created = { Image: image, Cmd: command, Labels: labels, HostConfig: { NetworkMode: 'none' } };
    // The engine lists the mounts of a container in any order, so that no two of its answers are alike in bytes as soon
    // as one container has several. Without any, what keeps answers by their bytes would look better than it is.
    if (made % 5 === 0) created.Volumes = { '/data': {}, '/cache': {}, '/backup': {} };
    return (await json('POST', `/containers/create?name=${project}-service-${made}-1`, created)).Id;
  }

  return {
    /** Makes containers until the project has as many; they are not started. */
    async fill(project, count) {
      const filter = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project}`] }));
      const there = await json('GET', `/containers/json?all=1&filters=${filter}`);
      for (let missing = count - there.length; missing > 0; missing--) await create(project, ['true']);
    },
    /** A container that has written so many lines of 200 bytes, and runs on. */
    async logger(project, lines) {
      const id = await create(project, ['sh', '-c', `yes ${LINE} | head -n ${lines}; echo done; exec sleep 3600`]);
      await ask('POST', `/containers/${id}/start`);
      const last = `/containers/${id}/logs?stdout=1&tail=1`;
      for (let text = ''; !text.includes('done'); text = String(await ask('GET', last)));
      return id;
    },
    list: () => json('GET', '/containers/json?all=1'),
    version: async () => (await json('GET', '/version')).Version,
    async remove() {
      const left = await json('GET', `/containers/json?all=1&filters=${mine}`);
      for (const { Id } of left) await ask('DELETE', `/containers/${Id}?force=1&v=1`);
    },
  };
}
