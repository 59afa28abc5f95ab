import { ToolError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Answers } from '../plans/init.ts';
import { LATER_VALUES } from '../policy/parse-explain.ts';
import { parsePorts } from '../policy/ports.ts';
import { AGENT_NAMES } from '../policy/schema.ts';

type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** The answers to `init`'s questions from its command line. */
export function readAnswers(options: Options): Answers {
  const words = (key: string): readonly string[] | undefined => {
    const value = options[key];
    return typeof value === 'string' ? [value] : Array.isArray(value) ? value.map(String) : undefined;
  };
  const one = <T extends string>(key: string, allowed: readonly T[]): T | undefined => {
    const written = words(key)?.at(-1);
    return written === undefined ? undefined : choose(key, written, allowed);
  };
  const agents = words('agent')
    ?.flatMap((text) => text.split(','))
    .map((name) => choose('agent', name.trim(), AGENT_NAMES));
  return {
    agents: agents && [...new Set(agents)],
    stack: one('stack', ['node', 'debian']),
    topology: one('topology', ['attached', 'split']),
    docker: one('docker', ['none', 'read', 'sandboxed']),
    forward: ports(
      words('forward')
        ?.flatMap((text) => text.split(','))
        .map((text) => text.trim()),
    ),
  };
}

function ports(written: readonly string[] | undefined): readonly number[] | undefined {
  const parsed = written && parsePorts(written);
  if (typeof parsed !== 'string') return parsed;
  throw new ToolError('usage', `--forward: ${parsed}`, 'Write ports and ranges, such as 3000-3003,8080.');
}

function choose<T extends string>(key: string, written: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === written);
  if (found !== undefined) return found;
  const near = nearest(written, allowed);
  const later = LATER_VALUES[key]?.includes(written) ? ' belongs to a later version of cofferdam' : ' is not known';
  throw new ToolError(
    'usage',
    `--${key} ${JSON.stringify(written)}${later}${near ? `; did you mean ${near}?` : '.'}`,
    `Allowed: ${allowed.join(', ')}.`,
  );
}
