import type { Action, Actions, Argument, Value } from './actions.ts';
import { scalar } from './scalar.ts';

type Given = Value | readonly string[] | undefined;

const value = (given: Exclude<Given, undefined>): string => {
  if (typeof given === 'object') return `[${given.map(scalar).join(', ')}]`;
  return typeof given === 'string' ? scalar(given) : String(given);
};

const inOneLine = (argument: Argument): string =>
  Object.entries<Given>({ ...argument })
    .flatMap(([key, given]) => (given === undefined ? [] : [`${key}: ${value(given)}`]))
    .join(', ');

function printAction(name: string, action: Action): string {
  const given = Object.entries(action.arguments).map(([key, one]) => `      ${scalar(key)}: { ${inOneLine(one)} }\n`);
  return `  ${scalar(name)}:
    describe: ${scalar(action.describe)}
    run: ${value(action.run)}
${given.length === 0 ? '' : `    arguments:\n${given.join('')}`}    perMinute: ${action.perMinute}
    concurrency: ${action.concurrency}
    timeout: ${action.timeout}
    output: ${action.output}
    environment: ${value(action.environment)}
`;
}

/** Only where there are any. */
export const actionLines = (actions: Actions): string =>
  Object.keys(actions).length === 0
    ? ''
    : `
# Commands that the agent may trigger, but not change: a sidecar runs them, without a shell.
actions:
${Object.entries(actions)
  .map(([name, action]) => printAction(name, action))
  .join('')}`;
