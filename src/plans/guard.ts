import { hasGuard, LAYOUT } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import { CONFINED, HEALTH_TIMES, indent, labels, MARK, text } from './compose-text.ts';
import type { PartOf } from './part.ts';

/** The sidecar that removes an editor's sockets. */
export const guard: PartOf = (policy) =>
  hasGuard(policy)
    ? {
        services: [service(policy)],
        agent: { waitsFor: [LAYOUT.guardService] },
        editor: { waitsFor: policy.ipc === 'allow' ? [] : [LAYOUT.guardService] },
      }
    : undefined;

/** What the guard looks at: the `/tmp` of each container in which an editor's socket may come up. */
const watched = (policy: Policy): readonly { readonly volume: string; readonly view: string }[] => [
  ...(policy.topology === 'split' || policy.ipc !== 'allow' ? [{ volume: 'tmp', view: LAYOUT.guardView }] : []),
  ...(policy.topology === 'split' && policy.ipc !== 'allow'
    ? [{ volume: 'editor-tmp', view: LAYOUT.guardEditorView }]
    : []),
];

/**
 * What `health guard` says (sidecars/guard/health.ts), without Node: it would start twice a minute, for longer than the
 * guard itself works, and keep all of Node's pages in the guard's account (measured: 50 MB instead of 15).
 */
const BEATING = `find ${LAYOUT.guardState}/heartbeat -mmin -0.33 ! -newermt '20 seconds' | grep -q .`;

const service = (
  policy: Policy,
): string => `# Removes sockets that an editor leaves in /tmp, from outside of the agent's reach: another container, no network.
${LAYOUT.guardService}:
  build: { context: ./sidecar, ${MARK} }
${indent(2, labels('guard'))}
  command: [guard${watched(policy)
    .map(({ view }) => `, --watch, ${view}`)
    .join('')}]
  user: "\${HOST_UID}:\${HOST_GID}"
${indent(2, CONFINED)}
  read_only: true
  mem_limit: 256m
  cpus: 1
  pids_limit: 64
  restart: unless-stopped
  network_mode: none
  volumes:
${watched(policy)
  .map(({ volume, view }) => `    - { type: volume, source: ${volume}, target: ${view} }`)
  .join('\n')}
  tmpfs: ["/run:mode=1777,size=1m"]
  healthcheck: { test: [CMD-SHELL, ${text(BEATING)}], ${HEALTH_TIMES} }
`;
