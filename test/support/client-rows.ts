import type { Done, Place } from './clients.ts';
import { POSTGRES } from './postgres.ts';

/** One use of a client, and how to tell that it did what it is for. */
export interface Row {
  /**
   * What is run, and what the table shows. Words in capitals stand for things of the test: CONTAINER runs, STOPPED ran,
   * FRESH runs and is for this row alone, WEB is the project’s own, NEW is a name that nothing has yet.
   */
  readonly command: string;
  /** What the table shows instead. */
  readonly title?: string;
  /** A pattern of the output; the same words stand in it. */
  readonly shows: string;
  /** Goes on for ever; it has worked when the pattern is seen. */
  readonly endless?: true;
  readonly input?: string;
  /** Looked up on the engine itself afterwards: a command and a pattern. */
  readonly proof?: readonly [command: string, shows: string];
  /** The client does not wait for it. */
  readonly soon?: true;
  /** Run just before. */
  readonly first?: string;
  /** Runs it, where it is no program. */
  readonly call?: (place: Place) => Promise<Done>;
  /** Not tried on the engine itself: it would reach a registry, or touch what is not ours. */
  readonly alone?: true;
}

const row = (command: string, shows: string, more: Omit<Row, 'command' | 'shows'> = {}): Row => ({
  command: `docker ${command}`,
  shows,
  ...more,
});
const endless = true;
const alone = true;
const soon = true;
const RELEASE = 'cat /etc/debian_version';
const state = (name: string, wanted: string): Pick<Row, 'proof'> => ({
  proof: [`docker inspect -f {{.State.Status}} ${name}`, `^${wanted}$`],
});
const gone = (name: string): Pick<Row, 'proof'> => ({ proof: [`docker ps -aq --filter name=${name}`, '^$'] });

/** The docker CLI: what reads, what runs containers, and what a box must not have. */
export const CLI_ROWS: readonly Row[] = [
  row('ps', 'CONTAINER'),
  row('ps -a', 'CONTAINER'),
  row('logs CONTAINER', 'ready'),
  row('logs -f --tail 1 CONTAINER', 'ready', { endless }),
  row('inspect CONTAINER', '"Running": true'),
  row('stats --no-stream CONTAINER', 'CONTAINER.*%'),
  row('stats CONTAINER', 'CONTAINER.*%', { endless }),
  row('top CONTAINER', '\\bsh\\b'),
  row('port CONTAINER', '8080/tcp -> '),
  row('events --since 1m --until -1s', 'container top .*name=CONTAINER', { first: 'docker top CONTAINER' }),
  row('events --since 1m', 'container top .*name=CONTAINER', { endless, first: 'docker top CONTAINER' }),
  row('images', 'debian +bookworm-slim'),
  row('image inspect IMAGE', '"Architecture"'),
  row('info', 'Server Version: \\d'),
  row('version', 'Server:[^]*Version: +\\d'),
  row('system df', 'Containers +[1-9]'),
  row('network ls', 'NETWORK'),
  row('network inspect NETWORK', '"Name": "NETWORK"'),
  row('volume ls', 'VOLUME'),
  row('volume inspect VOLUME', '"Name": "VOLUME"'),
  row('compose ps', 'WEB'),
  row('compose logs', 'ready'),
  row('compose top', '\\bsh\\b'),
  row('compose images', 'bookworm-slim'),
  row('compose port web 8080', ':\\d+$'),

  row(`exec CONTAINER ${RELEASE}`, '^12'),
  row('exec -i CONTAINER cat', '^typed$', { input: 'typed' }),
  row('exec -u nobody -w /tmp -e KEY=value CONTAINER env', 'KEY=value'),
  row('exec -d CONTAINER touch /tmp/done', '', { soon, proof: ['docker exec CONTAINER ls /tmp', '^done$'] }),
  row('attach --no-stdin CONTAINER', 'ready', { endless }),
  row(`run --rm IMAGE ${RELEASE}`, '^12'),
  row('run --rm -i IMAGE cat', '^typed$', { input: 'typed' }),
  row('run -d --name NEW IMAGE sleep 300', '^[0-9a-f]{64}$', state('NEW', 'running')),
  row('run --rm -e KEY=value -u nobody -w /tmp --entrypoint env IMAGE', 'KEY=value'),
  row(`run --rm --read-only --tmpfs /tmp --init IMAGE ${RELEASE}`, '^12'),
  row(`run --rm -v NEW:/data IMAGE ls -d /data`, '^/data$'),
  row('run -d --name NEW -p 8080 IMAGE sleep 300', '^[0-9a-f]{64}$', { proof: ['docker port NEW', '8080/tcp -> '] }),
  row('create --name NEW --memory 64m --cpus 0.5 IMAGE true', '^[0-9a-f]{64}$', {
    proof: ['docker inspect -f {{.HostConfig.Memory}} NEW', '^67108864$'],
  }),
  row('start STOPPED', '^STOPPED$', state('STOPPED', 'running')),
  row('start -a STOPPED', 'ready', { endless }),
  row('wait STOPPED', '^137$'),
  row('stop -t 0 FRESH', '^FRESH$', state('FRESH', 'exited')),
  row('restart -t 0 FRESH', '^FRESH$', state('FRESH', 'running')),
  row('kill FRESH', '^FRESH$', state('FRESH', 'exited')),
  row('rm STOPPED', '^STOPPED$', gone('STOPPED')),
  row('rm -f FRESH', '^FRESH$', gone('FRESH')),
  row('pause FRESH', '^FRESH$', state('FRESH', 'paused')),
  row('rename FRESH NEW', '^$', state('NEW', 'running')),
  row('update --memory 64m --memory-swap 64m FRESH', '^FRESH$', {
    proof: ['docker inspect -f {{.HostConfig.Memory}} FRESH', '^67108864$'],
  }),
  row('compose exec -T web true', '', { proof: ['docker inspect -f {{.State.Status}} WEB', '^running$'] }),
  row('compose -p NEW -f DATABASE up -d --wait', 'NEW-db-1 +Healthy', {
    proof: ['docker exec NEW-db-1 psql -U app -tAc SELECT(40+2)', '^42$'],
  }),

  row(`run --rm -v /etc:/h IMAGE cat /h/passwd`, 'root'),
  row(`run --rm --mount type=bind,src=/etc,dst=/h IMAGE cat /h/passwd`, 'root'),
  ...[
    '--privileged',
    '--network host',
    '--network container:WEB',
    '--pid host',
    '--ipc host',
    '--uts host',
    '--userns host',
    '--cap-add SYS_ADMIN',
    '--device /dev/null:/dev/sda',
    '--security-opt seccomp=unconfined',
    '--volumes-from WEB',
    '--link WEB',
    '--log-driver none',
    '--sysctl net.ipv4.ip_forward=1',
    '--cgroup-parent /',
    '--restart always',
  ].map((flag) => row(`run -d --name NEW ${flag} IMAGE sleep 300`, '^[0-9a-f]{64}$', { alone })),
  row('cp CONTAINER:/etc/debian_version -', 'debian_version'),
  row('cp FILE CONTAINER:/tmp/in', '', { proof: ['docker exec CONTAINER cat /tmp/in', '^typed'] }),
  row('diff CONTAINER', 'A /changed'),
  row('export CONTAINER', '\\.dockerenv', { endless }),
  row('save IMAGE', 'blobs/', { endless }),
  row('history IMAGE', 'CREATED BY'),
  row('commit FRESH NEW', '^sha256:', { proof: ['docker image ls NEW', 'NEW'] }),
  row('build -q FOLDER', '^sha256:'),
  row('tag IMAGE NEW:1', '^$', { proof: ['docker image ls NEW', 'NEW'] }),
  row('load -i FILE', 'Loaded', { alone }),
  row('rmi NEW:1', 'Untagged', { alone }),
  row('pull nobody.invalid/else:1', 'Pull complete', { alone }),
  row('push nobody.invalid/else:1', 'Pushed', { alone }),
  row('search debian', 'NAME', { alone }),
  row('login -u user -p word nobody.invalid', 'Succeeded', { alone }),
  row('volume create NEW', '^NEW$', { proof: ['docker volume ls -q', '^NEW$'] }),
  row('volume rm VOLUME', '^VOLUME$', { alone }),
  row('network create NEW', '^[0-9a-f]{64}$', { proof: ['docker network ls', ' NEW '] }),
  row('network connect NETWORK FRESH', '^$', { alone }),
  row('network rm NETWORK', '^NETWORK$', { alone }),
  row('container prune -f --filter label=NEW', 'reclaimed space: 0B', { alone }),
  row('compose down', 'Removed', { alone }),
  row('swarm join-token worker', 'swarm join', { alone }),
  row('service ls', 'MODE', { alone }),
  row('plugin ls', 'ENABLED'),
];

const testcontainers = (title: string, argument: string, image: string, shows: string): Row => ({
  title: `testcontainers: ${title}`,
  command: `node test/support/testcontainers.mjs ${argument} ${image}`,
  shows,
});

export const TESTCONTAINERS_ROWS: readonly Row[] = [
  testcontainers('GenericContainer, exec, stop', 'generic', 'IMAGE', '^0 KEY=value$'),
  testcontainers('PostgreSqlContainer, a query through the mapped port, stop', 'postgres', POSTGRES, '^answer 42$'),
];
