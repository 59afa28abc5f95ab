import { LAYOUT } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import { bind, CONFINED, HEALTH_TIMES, indent, labels, MARK } from './compose-text.ts';
import { actionsDockerfile } from './dockerfiles.ts';
import type { PartOf } from './part.ts';
import { dataFolder } from './shared.ts';
import client from './templates/actions-client.tmpl';

const TOKEN = '.devcontainer/state/actions-token';
const SECRETS = '.devcontainer/state/secrets';

/** The sidecar that runs the policy's actions, on a network with the agent alone. */
export const actions: PartOf = (policy) =>
  Object.keys(policy.actions).length === 0
    ? undefined
    : {
        services: [service(policy)],
        networks: [
          `# No way out and nobody else on it: only the sidecar for actions and the agent.\n${LAYOUT.actionsNetwork}: { internal: true, ${MARK} }`,
        ],
        volumes: [`action-data: { ${MARK} }`],
        agent: {
          environment: { COFFERDAM_ACTIONS: `http://${LAYOUT.actionsHost}:${LAYOUT.actionsPort}` },
          networks: [LAYOUT.actionsNetwork],
          waitsFor: [LAYOUT.actionsService],
          volumes: [
            bind({
              source: `../${TOKEN}`,
              target: LAYOUT.actionsToken,
              readOnly: true,
              why: 'read-only: the token for this box’s actions',
            }),
            // 0555 in decimal: compose takes no octal number here.
            `# empty, in place of the secrets that actions use\n- { type: tmpfs, target: ${LAYOUT.workspace}/${SECRETS}, read_only: true, tmpfs: { size: 4096, mode: 365 } }`,
          ],
        },
        image: ['COPY image/cofferdam /usr/local/bin/cofferdam'],
        files: [
          { path: '.devcontainer/image/cofferdam', text: clientScript(), mode: 0o755 },
          { path: '.devcontainer/sidecar/actions.Dockerfile', text: actionsDockerfile(policy), mode: 0o644 },
          { path: '.devcontainer/sidecar/actions.json', text: settings(policy), mode: 0o644 },
        ],
        host: [HOST],
      };

const clientScript = (): string =>
  client
    .replace('@HOST@', () => LAYOUT.actionsHost)
    .replace('@PORT@', () => String(LAYOUT.actionsPort))
    .replace('@TOKEN@', () => LAYOUT.actionsToken);

const settings = (policy: Policy): string => `${JSON.stringify(policy.actions, null, 2)}\n`;

/** What it has where the policy has shared services: a way to them, and the same role and database as the agent. */
function withShared({ shared }: Policy): {
  readonly environment: string;
  readonly network: string;
  readonly memory: string;
} {
  if (shared === undefined) return { environment: '', network: '', memory: '' };
  return {
    environment: '  env_file: [{ path: ./state/services.env, required: false }]\n',
    network: `    ${LAYOUT.servicesNetwork}: {}\n`,
    // The image has a volume there, which nobody would find again.
    memory: `, "${dataFolder(shared.postgres.version)}:mode=0555,size=4k"`,
  };
}

function service(policy: Policy): string {
  const { environment, network, memory } = withShared(policy);
  return `# Runs the commands of the policy's \`actions\` for the agent. It has neither the workspace nor the engine, and no way out.
${LAYOUT.actionsService}:
  build:
    context: ./sidecar
    dockerfile: actions.Dockerfile
    args: { HOST_UID: "\${HOST_UID}", HOST_GID: "\${HOST_GID}" }
    ${MARK}
${indent(2, labels('actions'))}
  command: [actions, --listen, "tcp://${LAYOUT.actionsHost}:${LAYOUT.actionsPort}", --actions, /etc/cofferdam/actions.json, --token, ${LAYOUT.actionsToken}, --data, /data, --secrets, /run/secrets]
  user: "\${HOST_UID}:\${HOST_GID}"
${environment}${indent(2, CONFINED)}
  init: true
  read_only: true
  mem_limit: 512m
  cpus: 1
  pids_limit: 256
  restart: unless-stopped
  networks:
    # The name by which it finds the address to listen on; it has no other.
    ${LAYOUT.actionsNetwork}: { aliases: [${LAYOUT.actionsHost}] }
${network}  volumes:
${indent(
  4,
  [
    bind({ source: './actions', target: '/actions', readOnly: true, why: 'programs and files of the actions' }),
    bind({
      source: `../${TOKEN}`,
      target: LAYOUT.actionsToken,
      readOnly: true,
      why: 'what a caller must have',
    }),
    bind({ source: `../${SECRETS}`, target: '/run/secrets', readOnly: true, why: 'a file for each secret' }),
    `# what actions keep, such as backups\n- { type: volume, source: action-data, target: /data }`,
  ].join('\n'),
)}
  tmpfs: ["/tmp:mode=1777,size=64m"${memory}]
  healthcheck: { test: [CMD, node, /cofferdam.cjs, health, actions], ${HEALTH_TIMES} }
`;
}

/** The token is made once and stays: a box that runs has it mounted. */
const HOST = `# ── Actions: what the sidecar and the agent have in common ───────────────────
folder .devcontainer/actions
state ${SECRETS}
chmod 700 ${SECRETS}
no_link ${TOKEN}
if [ ! -s ${TOKEN} ]; then
  rm -f ${TOKEN}.new
  (umask 077 && od -An -N32 -tx1 /dev/urandom | tr -d ' \\n' >${TOKEN}.new)
  [ "$(wc -c <${TOKEN}.new)" -eq 64 ] || fail 'no token for actions could be made'
  mv -f -- ${TOKEN}.new ${TOKEN}
fi
own ${TOKEN}`;
