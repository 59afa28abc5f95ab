import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBES } from '../../src/probes/index.ts';
import { loadPolicy } from '../../src/verbs/load-policy.ts';
import { runProbes } from '../../src/verbs/verify.ts';
import { newNonce, openBench } from '../../src/verbs/verify-bench.ts';
import { scratchBase } from '../../src/verbs/verify-scratch.ts';
import { CLI, cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { treeHash } from '../support/cli.ts';
import { docker, engineAnswers, unique } from '../support/live.ts';
import { LEFT_OUT, SPLIT_ONLY } from '../support/not-here.ts';

interface Probe {
  readonly id: string;
  readonly verdict: string;
  readonly evidence: string;
}

const labelled = (nonce: string): string =>
  ['ps --all', 'network ls', 'volume ls', 'image ls']
    .map((list) => docker(...list.split(' '), '--quiet', '--filter', `label=dev.cofferdam.verify=${nonce}`))
    .join('');

/** The run that this process started, by the process id that it leaves in its folder. */
async function nonceOf(child: ChildProcess): Promise<string> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('it ended before it had begun');
    const names = existsSync(scratchBase()) ? readdirSync(scratchBase()) : [];
    for (const name of names) {
      const pid = join(scratchBase(), name, 'pid');
      if (existsSync(pid) && readFileSync(pid, 'utf8') === String(child.pid)) return name;
    }
    await wait(20);
  }
}

describe.skipIf(!engineAnswers())('verify on a running box', () => {
  let sample: Sample;

  beforeAll(() => {
    sample = sampleRepository();
    for (const args of [['init', '--yes'], ['up']]) {
      const { code, stderr } = cofferdam(sample.root, args);
      if (code !== 0) throw new Error(stderr);
    }
  });
  afterAll(() => sample?.remove());

  const probe = (id: string) => {
    const found = PROBES.find((one) => one.id === id);
    if (!found) throw new Error(`no ${id}`);
    return found;
  };
  const bench = () =>
    openBench({
      root: sample.root,
      project: sample.project(),
      policy: loadPolicy(sample.root).policy,
      agent: sample.agent(),
    });

  it('changes neither the workspace nor the containers, and leaves nothing behind', () => {
    const state = (): string =>
      docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}} {{len .NetworkSettings.Networks}}', sample.agent());
    const before = { tree: treeHash(sample.root), state: state() };
    const { code } = cofferdam(sample.root, ['verify', '--format', 'json']);
    expect(code).toBe(0);
    expect({ tree: treeHash(sample.root), state: state() }).toEqual(before);
  });

  it('gives every format from the same run of a probe, with exit code 0', () => {
    for (const [format, start] of [
      ['text', 'Attacked: '],
      ['tap', 'TAP version 14\n1..1\nok 1 - pids-limit'],
      ['junit', '<?xml version="1.0"'],
    ] as const) {
      const { code, stdout } = cofferdam(sample.root, ['verify', '--only', 'pids-limit', '--format', format]);
      expect(stdout.startsWith(start), stdout).toBe(true);
      expect(code).toBe(0);
    }
  });

  it('removes what it made when it is interrupted', async () => {
    const child = spawn(process.execPath, [CLI, 'verify'], { cwd: sample.root, stdio: 'ignore' });
    const nonce = await nonceOf(child);
    while (labelled(nonce) === '') await wait(50);
    const ended = new Promise<number | null>((done) => child.on('close', done));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(labelled(nonce)).toBe('');
    expect(existsSync(join(scratchBase(), nonce))).toBe(false);
  });

  it('removes what a dead run left, and nothing of a living one', () => {
    const [dead, living] = [newNonce(), newNonce()];
    // A process id that cannot be: the kernel's limit is 2^22 (proc_sys_kernel(5)).
    for (const [nonce, pid] of [
      [dead, 2 ** 22 + 1],
      [living, process.pid],
    ] as const) {
      mkdirSync(join(scratchBase(), nonce), { recursive: true });
      writeFileSync(join(scratchBase(), nonce, 'pid'), String(pid));
      docker('volume', 'create', '--label', `dev.cofferdam.verify=${nonce}`, unique('cofferdam-left'));
    }
    cofferdam(sample.root, ['verify', '--only', 'log-limit']);
    expect(labelled(dead)).toBe('');
    expect(existsSync(join(scratchBase(), dead))).toBe(false);
    expect(labelled(living)).not.toBe('');
    docker('volume', 'rm', labelled(living));
    execFileSync('rm', ['-r', join(scratchBase(), living)]);
  });

  it('notices when the box is on another project’s network', async () => {
    const open = await bench();
    try {
      const foreign = await open.bench.container('foreign');
      docker('network', 'connect', foreign.networks[0]?.name ?? '', sample.agent());
      const { verdict, control } = await probe('foreign-network').run(open.bench);
      docker('network', 'disconnect', foreign.networks[0]?.name ?? '', sample.agent());
      expect({ verdict, control }).toEqual({ verdict: 'breached', control: { ran: true, detected: true } });
    } finally {
      await open.close();
    }
  });

  it('says that egress is open where the policy does not say so', async () => {
    const open = await bench();
    try {
      const { verdict } = await probe('open-egress').run({ ...open.bench, policy: undefined });
      expect(verdict).toBe('breached');
    } finally {
      await open.close();
    }
  });

  it('is inconclusive, never held, when the prober cannot run in the box', async () => {
    const open = await bench();
    try {
      // The session into the box is there, and lost: as when the container stops, or has no node.
      const at: typeof open.bench.at = async (place, user) => {
        const site = await open.bench.at(place, user);
        if (place !== 'box' && place !== 'twin') return site;
        return { place, perform: () => Promise.resolve({ ok: false, code: 'lost', message: 'the prober ended' }) };
      };
      const through: typeof open.bench.through = async (place, _, work) =>
        await work(await at(place === 'weak' ? 'weak' : 'box'));
      const lost = { ...open.bench, at, through };
      // What only the engine or the disk is asked about, or the sidecars themselves, needs no prober in the box.
      const asked = [
        'firewall-network',
        'hard-links',
        'log-limit',
        'network-sharing',
        'published-ports',
        'shared-volumes',
        'sidecar-health',
        'sidecar-privileges',
      ];
      const from = ['firewall-neighbours', 'open-egress'];
      const notHere: readonly string[] = [...LEFT_OUT, ...SPLIT_ONLY];
      const probes = PROBES.filter(({ id }) => ![...asked, ...from, ...notHere].includes(id));
      const options = { signal: new AbortController().signal, progress: () => {} };
      const results = await runProbes(probes, lost, options);
      expect(results.map(({ id }) => id)).toEqual(probes.map(({ id }) => id));
      const concluded = results.filter(({ verdict }) => verdict !== 'inconclusive');
      expect(concluded.map(({ id, verdict, evidence }) => `${id} ${verdict}: ${evidence}`)).toEqual([]);
    } finally {
      await open.close();
    }
  });

  /** Runs the built program inside of a container, from its /tmp. */
  function here(container: string): { readonly code: number; readonly probes: readonly Probe[] } {
    const files = execFileSync('tar', ['--create', '--directory', resolve('dist'), '.'], { maxBuffer: 64 << 20 });
    const shell =
      'mkdir /tmp/cofferdam && tar --extract --directory /tmp/cofferdam && cd /tmp && node cofferdam/cli.js verify --here --format json; echo "exit $?"; rm -r /tmp/cofferdam';
    const out = execFileSync('docker', ['exec', '--interactive', container, 'sh', '-c', shell], {
      input: files,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const [, report = '', code = ''] = /^(.*)exit (\d+)\n$/s.exec(out) ?? [];
    return { code: Number(code), probes: JSON.parse(report).probes };
  }
  const ids = (probes: readonly Probe[], verdict: string): readonly string[] =>
    probes.filter((one) => one.verdict === verdict).map(({ id }) => id);

  it('--here inside of a plain container with the engine’s socket finds that', () => {
    const image = docker('inspect', '--format', '{{.Config.Image}}', sample.agent());
    const socket = readFileSync(join(sample.root, '.devcontainer/.env'), 'utf8').match(/DOCKER_SOCKET=(.*)/)?.[1] ?? '';
    const name = unique('cofferdam-plain');
    docker(
      'run',
      '--detach',
      '--rm',
      '--user',
      '0',
      '--name',
      name,
      '--label',
      'dev.cofferdam.project=',
      '--volume',
      `${socket}:/run/docker.sock`,
      image,
      'sleep',
      '600',
    );
    try {
      const { code, probes } = here(name);
      expect(ids(probes, 'breached')).toEqual(
        expect.arrayContaining(['capabilities', 'engine-sockets', 'no-new-privileges', 'non-root']),
      );
      expect(code).toBe(1);
    } finally {
      docker('rm', '--force', name);
    }
  });
});
