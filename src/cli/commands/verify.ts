import { EXIT } from '../../core/exit.ts';
import type { Verification } from '../../core/verification.ts';
import type { Terminal } from '../../host/terminal.ts';
import { defineCommand } from '../command.ts';
import { interruptible } from '../interruptible.ts';

const FORMATS = ['text', 'tap', 'json', 'junit'] as const;

async function render(
  format: string,
  verification: Verification,
  terminal: Terminal,
  toFile: boolean,
): Promise<string> {
  if (format === 'json') return (await import('../../report/verdicts-json.ts')).verdictsJson(verification);
  if (format === 'tap') return (await import('../../report/verdicts-tap.ts')).verdictsTap(verification);
  if (format === 'junit') return (await import('../../report/verdicts-junit.ts')).verdictsJunit(verification);
  const { verdictsText } = await import('../../report/verdicts-text.ts');
  const colours = {
    breached: 'red',
    inconclusive: 'yellow',
    residual: 'yellow',
    held: 'green',
    'not-applicable': 'dim',
  } as const;
  return verdictsText(
    verification,
    (verdict, text) => (toFile ? text : terminal.style('out', colours[verdict], text)),
    toFile ? 80 : terminal.width,
  );
}

/** 0 only when every probe that applies was concluded and held. */
function exitCode({ summary, probes }: Verification): number {
  if (summary.probes.breached > 0) return EXIT.findings;
  if (summary.probes.inconclusive > 0 || probes.length === 0) return EXIT.incomplete;
  return EXIT.ok;
}

export default defineCommand({
  name: 'verify',
  summary: 'attack the running box with canaries',
  description:
    'Tries to get out of the running box in the ways of docs/attacks.md, each with a canary, and shows by the same attempt on a deliberately weak container that it would have been noticed. Files are attacked in a copy of the box on a scratch workspace, never in yours. Exit code: 0 all held, not applicable or left open by a setting of the policy (residual), 1 something is breached, 3 something could not be concluded.',
  options: [
    { flags: '--here', summary: 'attack from where this program runs: inside of any container, without an engine' },
    {
      flags: '--live-editor',
      summary: 'with an editor attached right now: find its server’s processes, and attack what they have',
    },
    { flags: '--format <name>', summary: 'how to report', choices: FORMATS, default: 'text' },
    { flags: '--json', summary: 'the same as --format json' },
    { flags: '--only <ids>', summary: 'run these probes alone (docs/probes lists them), separated by commas' },
    { flags: '--output <file>', summary: 'write the report to a file instead of stdout' },
  ],
  examples: [
    ['cofferdam verify', 'attack the box of this folder'],
    ['cofferdam verify --format junit --output verify.xml', 'for CI'],
    ['cofferdam verify --only git-hooks,docker-exec', 'two probes'],
    ['cofferdam verify --here', 'inside of a container'],
    ['cofferdam verify --live-editor', 'while VS Code is attached to the box'],
  ],
  async run({ cwd, options }, terminal) {
    const { verify } = await import('../../verbs/verify.ts');
    const { refuseReportPlace, writeReport } = await import('../../verbs/write-report.ts');
    const output = typeof options['output'] === 'string' ? options['output'] : undefined;
    // Before minutes of work, not after them.
    if (output !== undefined) refuseReportPlace(cwd, output);
    const clear = terminal.interactive ? '\r\u001b[K' : '';
    return interruptible(terminal, 'Stopping; removing what was made for the checks …', async (signal) => {
      const only = typeof options['only'] === 'string' ? options['only'].split(',').map((id) => id.trim()) : [];
      const verification = await verify(cwd, {
        here: options['here'] === true,
        liveEditor: options['liveEditor'] === true,
        only: only.filter((id) => id !== ''),
        signal,
        progress: (done, of, probe) => {
          if (terminal.interactive) terminal.err(`${clear}${done}/${of} ${probe}`);
        },
      });
      terminal.err(clear);
      const format = options['json'] === true ? 'json' : String(options['format']);
      const text = await render(format, verification, terminal, output !== undefined);
      if (output !== undefined) {
        writeReport(cwd, output, text);
      } else {
        terminal.out(text);
      }
      return exitCode(verification);
    });
  },
});
