import type { AuditEntry } from '../core/decision.ts';
import { ToolError } from '../core/errors.ts';
import { EXIT } from '../core/exit.ts';
import { type Audit, auditTo } from './audit.ts';
import { type Coalesced, coalesce, guardKind, type KindOf } from './coalesce.ts';
import { pingAnswers } from './firewall/health.ts';
import { firewallKind } from './firewall/kinds.ts';
import { startFirewall } from './firewall/server.ts';
import { HEALTH_DEFAULT, parseAddress, parseSettings } from './firewall/settings.ts';
import type { Environment } from './firewall/settings-given.ts';
import { parseTecnativa } from './firewall/settings-tecnativa.ts';
import { parseFlags } from './flags.ts';
import { isBeating } from './guard/health.ts';
import { startGuard } from './guard/server.ts';
import { parseGuardSettings, parseState } from './guard/settings.ts';

const FLUSH_MS = 1_000;
const USAGE = 'docker-proxy …, guard …, health docker-proxy|guard …';

const wrong = (message: string): ToolError => new ToolError('settings-invalid', message, USAGE);

/** Runs one sidecar until a signal ends it. The audit log is standard output; words for people are standard error. */
export async function serve(name: string, argv: readonly string[], env: Environment = process.env): Promise<number> {
  switch (name) {
    case 'docker-proxy': {
      const { settings, notes } = argv.includes('--tecnativa')
        ? parseTecnativa(argv, env)
        : { settings: parseSettings(argv, env), notes: [] };
      for (const note of notes) process.stderr.write(`${note}\n`);
      const log = logOf('docker-firewall', firewallKind);
      const audit: Audit = (event, detail) => {
        if (settings.logged === 'all' || event !== 'allowed') log.audit(event, detail);
      };
      const firewall = await startFirewall(settings, audit);
      const signal = await stopped();
      log.flush(true);
      log.audit('stopped', { signal });
      await firewall.close();
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
      return EXIT.ok;
    }
    case 'health':
      return (await health(argv)) ? EXIT.ok : EXIT.findings;
    default:
      throw wrong(`${JSON.stringify(name)} is not a sidecar`);
  }
}

function logOf(sidecar: AuditEntry['sidecar'], kindOf: KindOf): Coalesced {
  const log = coalesce(
    auditTo(sidecar, (line) => void process.stdout.write(line)),
    kindOf,
  );
  setInterval(() => log.flush(false), FLUSH_MS).unref();
  return log;
}

async function health([name = '', ...argv]: readonly string[]): Promise<boolean> {
  if (name === 'guard') return isBeating(parseState(argv));
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
