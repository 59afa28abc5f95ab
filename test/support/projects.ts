import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, unique } from './live.ts';

/** Two compose projects on the real engine: ours, and a neighbour's full of canaries. */
export interface Projects {
  readonly own: string;
  readonly neighbour: string;
  /** In every secret of the neighbour and nowhere else. */
  readonly canary: string;
  /** In the secrets of our own project. */
  readonly ownCanary: string;
  readonly folder: string;
  /** An image that only the neighbour runs. */
  readonly image: string;
  remove(): void;
}

const IMAGE = 'debian:bookworm-slim';

/**
 * A new event of each project. The engine keeps the last 256 (moby, daemon/events/events.go: eventsLimit), and whatever
 * else runs there makes some, too. Give `until` as later than now: it is cut to whole seconds.
 */
export function stir({ own, neighbour }: Pick<Projects, 'own' | 'neighbour'>): void {
  for (const name of [`${own}-web-1`, `${neighbour}-db-1`]) docker('top', name);
}

export function makeProjects(): Projects {
  const [own, neighbour] = [unique('fwown'), unique('fwneighbour')];
  const [canary, ownCanary] = [unique('canary'), unique('owncanary')];
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-fw-'));
  const image = `${neighbour}/private:1`;
  const compose = (project: string, ...args: string[]): void => {
    docker('compose', '--progress', 'quiet', '-p', project, '-f', join(folder, `${project}.yaml`), ...args);
  };
  mkdirSync(join(folder, 'hostfiles'));
  writeFileSync(join(folder, 'hostfiles/.env'), `${canary}\n`);
  writeFileSync(
    join(folder, `${own}.yaml`),
    JSON.stringify({
      services: {
        web: {
          image: IMAGE,
          command: ['sh', '-c', `echo ready; sleep 13; echo later; sleep infinity # ${ownCanary}`],
          environment: { TOKEN: ownCanary },
          labels: { token: ownCanary },
          volumes: ['data:/data', `${folder}/hostfiles:/host:ro`],
          stop_grace_period: '0s',
        },
      },
      volumes: { data: {} },
    }),
  );
  docker('build', '-q', '-t', image, writeBuild(folder, canary));
  writeFileSync(
    join(folder, `${neighbour}.yaml`),
    JSON.stringify({
      services: {
        db: {
          image,
          command: ['sh', '-c', `echo ${canary} > /root/.pgpass; echo ${canary}; sleep infinity # ${canary}`],
          environment: { POSTGRES_PASSWORD: canary },
          volumes: ['data:/data', `${folder}/hostfiles:/host:ro`],
          stop_grace_period: '0s',
        },
        repl: { image: IMAGE, command: ['bash'], stdin_open: true, stop_grace_period: '0s' },
        cache: {
          image: IMAGE,
          command: ['sh', '-c', 'echo cache-log; sleep infinity'],
          environment: { TOKEN: canary },
          stop_grace_period: '0s',
        },
      },
      volumes: { data: {} },
    }),
  );
  compose(neighbour, 'up', '-d');
  compose(own, 'up', '-d');
  return {
    own,
    neighbour,
    canary,
    ownCanary,
    folder,
    image,
    remove() {
      for (const project of [own, neighbour]) compose(project, 'down', '--volumes', '--timeout', '0');
      docker('image', 'rm', '-f', image);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function writeBuild(folder: string, canary: string): string {
  const context = join(folder, 'image');
  mkdirSync(context);
  writeFileSync(join(context, 'Dockerfile'), `FROM ${IMAGE}\nENV BAKED_TOKEN=${canary}\n`);
  return context;
}
