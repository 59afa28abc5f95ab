import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { docker, engineAnswers } from '../support/live.ts';

interface Report {
  readonly probes: readonly { readonly id: string; readonly verdict: string; readonly evidence: string }[];
}

/** Answers as VS Code's server without a token, on a socket whose name no pattern knows and on all addresses. */
const SERVER = `require('net').createServer((c) => c.on('error', () => {}).end()).listen('/dev/shm/any');
require('http').createServer((q, s) => s.end(q.url === '/version' ? 'c'.repeat(40) : 'vscode-workbench')).listen(8123, () => console.log('up'));
`;
const SCRIPT = '/home/vscode/.vscode-server/bin/server-main.js';

/** Starts it in a container, and waits until it listens. */
function startServer(container: string): void {
  const { status, stderr } = spawnSync(
    'docker',
    ['exec', '--interactive', container, 'sh', '-c', `mkdir -p "\${0%/*}" && cat > "$0" && mkfifo /tmp/up`, SCRIPT],
    { input: SERVER, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  docker('exec', '--detach', container, 'sh', '-c', `exec node ${SCRIPT} > /tmp/up`);
  docker('exec', container, 'head', '-n', '1', '/tmp/up');
}

describe.skipIf(!engineAnswers()).each(['attached', 'split'] as const)(
  'verify --live-editor, topology %s',
  (topology) => {
    let sample: Sample;
    const editor = (): string =>
      topology === 'attached'
        ? sample.agent()
        : docker('ps', '--quiet', '--filter', `name=${sample.project()}-editor-1`);

    beforeAll(() => {
      sample = sampleRepository();
      for (const args of [['init', '--yes', '--topology', topology], ['up']]) {
        const { code, stderr } = cofferdam(sample.root, args);
        if (code !== 0) throw new Error(stderr);
      }
    });
    afterAll(() => sample?.remove());

    function verify(): {
      readonly code: number | null;
      readonly live: Readonly<Record<string, string>>;
      report: Report;
    } {
      const { code, stdout, stderr } = cofferdam(sample.root, ['verify', '--live-editor', '--json']);
      if (stdout === '') throw new Error(stderr);
      const report: Report = JSON.parse(stdout);
      const live = report.probes.filter(({ id }) => id.startsWith('live-'));
      return { code, live: Object.fromEntries(live.map(({ id, verdict }) => [id, verdict])), report };
    }

    it('says to attach an editor where there is none, with exit code 3', () => {
      const { code, live, report } = verify();
      expect(new Set(Object.values(live))).toEqual(new Set(['inconclusive']));
      const said = report.probes.filter(({ id }) => id.startsWith('live-')).map(({ evidence }) => evidence);
      expect(said.filter((evidence) => !evidence.includes('attach an editor'))).toEqual([]);
      expect(code).toBe(3);
    });

    it('finds what the server listens on and runs, and whether the agent gets there', () => {
      startServer(editor());
      const { code, live, report } = verify();
      const said = report.probes.map(({ id, verdict, evidence }) => `${id} ${verdict}: ${evidence}`).join('\n');
      if (topology === 'attached') {
        expect(live, said).toEqual({
          'live-editor-files': 'not-applicable',
          'live-editor-sockets': 'breached',
          'live-editor-tcp': 'not-applicable',
        });
        expect(said).toContain('connected to /dev/shm/any');
        expect(said).toContain(`writable: ${SCRIPT}`);
        expect(said).toContain('editor-memory not-applicable: topology: attached leaves this open');
        expect(code).toBe(1);
      } else {
        expect(live, said).toEqual({
          'live-editor-files': 'held',
          'live-editor-sockets': 'held',
          'live-editor-tcp': 'held',
        });
        expect(said).toContain('1 process(es) of 1 server(s): 1 socket(s)');
        expect(code, said).toBe(0);
      }
    });
  },
);
