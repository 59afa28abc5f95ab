import type { AuditEntry } from '../core/decision.ts';
import { ToolError } from '../core/errors.ts';
import { EXIT } from '../core/exit.ts';
import { healthAnswers } from './actions/health.ts';
import { actionKind } from './actions/kinds.ts';
import { startActions } from './actions/server.ts';
import { parseActionSettings } from './actions/settings.ts';
import type { Audit } from './audit.ts';
import { forwardKind, guardKind, type KindOf } from './coalesce.ts';
import { pingAnswers } from './firewall/health.ts';
import { firewallKind } from './firewall/kinds.ts';
import { makeMetrics, startMetrics } from './firewall/metrics.ts';
import { startFirewall } from './firewall/server.ts';
import { HEALTH_DEFAULT, parseAddress, parseSettings, type Settings } from './firewall/settings.ts';
import type { Environment } from './firewall/settings-given.ts';
import { parseTecnativa } from './firewall/settings-tecnativa.ts';
import { parseFlags } from './flags.ts';
import { proxyAnswers } from './forward/health.ts';
import { codeOf } from './forward/reach.ts';
import { startForward } from './forward/server.ts';
import { parseForwardSettings, parseHealth } from './forward/settings.ts';
import { isBeating } from './guard/health.ts';
import { startGuard } from './guard/server.ts';
import { parseGuardSettings, parseState } from './guard/settings.ts';
import { type Journal, openJournal, Untold } from './journal.ts';

const FLUSH_MS = 1_000;
const USAGE = 'docker-proxy …, guard …, actions …, forward …, health docker-proxy|guard|actions|forward …';

const wrong = (message: string): ToolError => new ToolError('settings-invalid', message, USAGE);

/** Runs one sidecar until a signal ends it. The audit log is standard output; words for people are standard error. */
export async function serve(name: string, argv: readonly string[], env: Environment = process.env): Promise<number> {
  switch (name) {
    case 'docker-proxy': {
      const { settings, notes } = argv.includes('--tecnativa')
        ? parseTecnativa(argv, env)
        : { settings: parseSettings(argv, env), notes: [] };
      for (const note of notes) process.stderr.write(`${note}\n`);
      await runFirewall(settings);
      return EXIT.ok;
    }
    case 'guard': {
      const settings = parseGuardSettings(argv);
      const log = logOf('guard', guardKind);
      const stop = stopped(); // before: the first sweep may take its time
      const guard = await startGuard(settings, log.audit);
      const signal = await stop;
      guard.close();
      log.flush(true);
      log.audit('stopped', { signal });
      log.close();
      return EXIT.ok;
    }
    case 'actions':
      await runActions(argv);
      return EXIT.ok;
    case 'forward': {
      const log = logOf('forward', forwardKind);
      const stop = stopped();
      // What one connection brings about that nobody foresaw must not end the others, which share nothing with it.
      process.on('uncaughtException', (error) => log.audit('failed', { code: codeOf(error) }));
      const forward = await startForward(parseForwardSettings(argv), log.audit);
      const signal = await stop;
      await forward.close();
      log.flush(true);
      log.audit('stopped', { signal });
      log.close();
      return EXIT.ok;
    }
    case 'health':
      return (await health(argv)) ? EXIT.ok : EXIT.findings;
    default:
      throw wrong(`${JSON.stringify(name)} is not a sidecar`);
  }
}

async function runFirewall(settings: Settings): Promise<void> {
  const omit = settings.logged === 'all' ? undefined : 'allowed';
  const log = logOf('docker-firewall', firewallKind, { file: settings.auditLog, omit });
  const metrics = settings.metrics === undefined ? undefined : makeMetrics();
  const audit: Audit = (event, detail) => {
    log.audit(event, detail); // first: what it does not take is not done
    metrics?.audit(event, detail);
  };
  const firewall = await startFirewall(settings, audit);
  const state = () => ({ ...firewall.load(), ...log.counts(), blocked: log.blocked() !== undefined });
  try {
    const listener =
      settings.metrics && metrics && (await startMetrics(settings.metrics, () => metrics.render(state())));
    if (listener) log.audit('metrics', { listen: listener.address });
    const signal = await stopped();
    log.flush(true);
    log.audit('stopped', { signal });
    await listener?.close();
  } finally {
    await firewall.close();
    log.close();
  }
}

async function runActions(argv: readonly string[]): Promise<void> {
  const settings = parseActionSettings(argv);
  const log = logOf('actions', actionKind, { file: settings.auditLog });
  const commit = (): void => {
    log.flush(false);
    const blocked = log.blocked();
    if (blocked !== undefined) throw new Untold(blocked);
  };
  const stop = stopped();
  const server = await startActions(settings, { audit: log.audit, commit });
  const signal = await stop;
  await server.close();
  log.audit('stopped', { signal });
  log.close();
}

function logOf(
  sidecar: AuditEntry['sidecar'],
  kindOf: KindOf,
  more: { readonly file?: string | undefined; readonly omit?: string | undefined } = {},
): Journal {
  const log = openJournal(sidecar, kindOf, {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    file: more.file,
    omit: more.omit,
  });
  // Nobody reads the log any more: whatever would be decided from here on could not be told.
  process.stdout.once('error', () => {
    process.stderr.write('standard output is closed, so decisions cannot be told any more: stopping\n');
    process.exit(EXIT.incomplete);
  });
  process.stderr.on('error', () => {
    // Words for people; the log is what counts.
  });
  setInterval(() => log.flush(false), FLUSH_MS).unref();
  // What made us crash is worth knowing: its line may still wait.
  process.once('exit', () => log.close());
  return log;
}

async function health([name = '', ...argv]: readonly string[]): Promise<boolean> {
  if (name === 'guard') return isBeating(parseState(argv));
  if (name === 'actions') return await healthAnswers(argv, wrong);
  if (name === 'forward') return await proxyAnswers(parseHealth(argv));
  if (name !== 'docker-proxy') throw wrong(`health of ${JSON.stringify(name)} is not known`);
  const flags = parseFlags(argv, ['--listen'], new Set(), wrong);
  const [first] = (process.env['COFFERDAM_LISTEN'] ?? '').split(',');
  return await pingAnswers(parseAddress(flags.get('--listen')?.[0] ?? (first || HEALTH_DEFAULT), wrong));
}

function stopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}
