import { afterAll, describe, expect, it } from 'vitest';
import { cofferdam, Scratch } from '../support/cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** The rules that find something in a folder with these files. */
function found(files: Record<string, string>): string[] {
  const { stdout, stderr } = cofferdam(scratch.folder(files), ['audit', '--format', 'json']);
  expect(stderr).toBe('');
  const { findings }: { findings: readonly { readonly rule: string }[] } = JSON.parse(stdout);
  return [...new Set(findings.map(({ rule }) => rule))].sort();
}

describe('audit of a box for agents', () => {
  it('finds in a box that was made by the book for agents what the book leaves open', () => {
    const rules = found({
      '.devcontainer/devcontainer.json': JSON.stringify({
        name: 'shop',
        dockerComposeFile: 'docker-compose.yml',
        service: 'app',
        workspaceFolder: '/app',
        initializeCommand: 'bash .devcontainer/init-env.sh',
        postStartCommand: "find /tmp -maxdepth 2 -name 'vscode-ssh-auth-*.sock' -delete 2>/dev/null || true",
        remoteUser: 'vscode',
        remoteEnv: { SSH_AUTH_SOCK: '', GPG_AGENT_INFO: '', BROWSER: '', VSCODE_IPC_HOOK_CLI: null },
        customizations: {
          vscode: {
            extensions: ['dbaeumer.vscode-eslint'],
            settings: { 'dev.containers.dockerCredentialHelper': false, 'dev.containers.copyGitConfig': false },
          },
        },
      }),
      '.devcontainer/docker-compose.yml': `services:
  app:
    container_name: shop-\${WORKTREE_NAME}
    build: { context: .., dockerfile: .devcontainer/Dockerfile, args: { UID: "\${HOST_UID:-1000}" } }
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    environment: { DOCKER_HOST: "tcp://docker-proxy:2375" }
    command: ["bash", "-c", "(for i in 1 2 3; do sleep 30; rm -f /tmp/vscode-ipc-*.sock; done) & curl -fsSL https://example.com/install.sh | bash; sleep infinity"]
    volumes:
      - ..:/app:cached
      - node_modules:/app/node_modules
      - ../.agent-docker/.claude.json:/home/vscode/.claude.json
      - ../.agent-docker/.bash_history:/home/vscode/.bash_history
      - \${PNPM_STORE_PATH}:/home/vscode/.local/share/pnpm/store
      - \${GIT_MAIN_REPO_PATH}/.git:\${GIT_MAIN_REPO_PATH}/.git
    networks: [dev]
  docker-proxy:
    image: tecnativa/docker-socket-proxy:latest
    environment: { CONTAINERS: 1, IMAGES: 1, INFO: 1, NETWORKS: 1, VOLUMES: 1, POST: 0, EXEC: 0 }
    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]
    networks: [dev]
  localhost-proxy:
    image: alpine/socat
    network_mode: "service:app"
    restart: unless-stopped
networks:
  dev: { external: true }
volumes:
  node_modules:
    name: shop-node-modules-\${WORKTREE_NAME}
`,
      '.devcontainer/Dockerfile': `FROM debian:bookworm
RUN apt-get update && apt-get install -y git && npm install -g pnpm@10.1.0
RUN useradd -m vscode
COPY security-harden.sh /home/vscode/.config/security-harden.sh
RUN sed -i '1i source ~/.config/security-harden.sh || true' /home/vscode/.bashrc
USER vscode
`,
      '.devcontainer/init-env.sh': '#!/bin/bash\necho "HOST_UID=$(id -u)" > .devcontainer/.env\n',
    });
    expect(rules).toEqual([
      'docker-proxy-exposed',
      'docker-proxy-wide',
      'env-decides-mount',
      'git-directory-mount',
      'hardening-in-home',
      'host-command',
      'ineffective-setting',
      'ipc-environment',
      'missing-limits',
      'open-egress',
      'piped-install',
      'shared-cache',
      'shared-namespace',
      'shared-network',
      'shell-history-volume',
      'socket-deletion',
      'swappable-mount',
      'unpinned-image',
      'writable-host-files',
      'writable-own-config',
    ]);
  });
});
