// Medians, ratios and the goals, in 80 columns.
import { CLOSING, DIRECT, OURS } from './subjects.mjs';

const NAME = 22;
const COLUMN = 11;

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Each round is compared with itself: the load of the machine changes more between rounds than within one. */
export function ratio(rounds, name, base) {
  if (!rounds[name] || !rounds[base]) return undefined;
  return median(rounds[name].map(({ rate }, round) => rate / rounds[base][round].rate));
}

const shown = (value) => {
  if (value === undefined) return '–';
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
};
const row = (name, cells) => `${name.padEnd(NAME)}${cells.map((cell) => cell.padStart(COLUMN)).join('')}`.trimEnd();

/** `rounds`: for each subject its figures, in the order of the rounds. */
function table(measure, rounds, names) {
  const middle = (key) =>
    names.map((name) => {
      const figures = rounds[name].map((one) => one[key]).filter((figure) => figure !== undefined);
      return shown(figures.length > 0 ? median(figures) : undefined);
    });
  const to = (base) => names.map((name) => shown(ratio(rounds, name, base)));
  const lines = [`${measure.name}`];
  const unit = measure.kind === 'drain' ? 'MB/s' : 'requests/s';
  lines.push(row(`  ${unit}`, middle('rate')));
  if (measure.kind !== 'drain') {
    lines.push(
      row('  p50 ms', middle('p50')),
      row('  p99 ms', middle('p99')),
      row('  proxy CPU µs each', middle('cost')),
    );
  }
  lines.push(row(`  of ${CLOSING}`, to(CLOSING)), row(`  of ${DIRECT}`, to(DIRECT)));
  return lines;
}

const header = (title, names) => ['', row(title, names), '-'.repeat(NAME + COLUMN * names.length)];

export function phaseReport({ title, results }, names) {
  return [...header(title, names), ...results.flatMap(({ measure, rounds }) => table(measure, rounds, names))];
}

export function processReport(title, samples, names) {
  const cells = (read) => names.map((name) => shown(samples[name] && median(samples[name].map(read))));
  return [
    ...header(title, names),
    row(
      'first 200 after ms',
      cells((sample) => sample.milliseconds),
    ),
    row(
      'idle PSS MiB',
      cells((sample) => sample.idle.pss),
    ),
    row(
      'idle RSS MiB',
      cells((sample) => sample.idle.rss),
    ),
    row(
      '500 logs PSS MiB',
      cells((sample) => sample.following.pss),
    ),
    row(
      '500 logs RSS MiB',
      cells((sample) => sample.following.rss),
    ),
  ];
}

/** What the project promises of its firewall, each with its figure. Only the real engine counts. */
export function goals(phases, samples) {
  const rounds = (name) =>
    phases.flatMap(({ results }) => results).find(({ measure }) => measure.name === name)?.rounds ?? {};
  const least = (name, base, goal) => {
    const figure = ratio(rounds(name), OURS, base);
    return { name: `${name}: of ${base}`, goal: `>= ${goal.toFixed(2)}`, figure, met: figure >= goal };
  };
  const figure = Math.max(...samples.flatMap((fresh) => fresh[OURS].map(({ following }) => following.rss)));
  return [
    least('_ping, 64 connections', CLOSING, 1.3),
    least('_ping, new connections, 16 at once', CLOSING, 1),
    ...['list of 5', 'list of 100'].flatMap((list) =>
      ['1 connection', '64 connections'].map((connections) => least(`${list}, ${connections}`, CLOSING, 1)),
    ),
    least('logs', DIRECT, 0.95),
    { name: '500 followed logs: RSS in MiB', goal: '<= 80', figure, met: figure <= 80 },
  ];
}

export function goalReport(list) {
  const verdict = ({ figure, met }) => {
    if (figure === undefined) return 'not measured';
    return met ? 'met' : 'NOT MET';
  };
  const lines = list.map(
    (goal) => `${goal.name.padEnd(46)}${goal.goal.padStart(8)}${shown(goal.figure).padStart(8)}  ${verdict(goal)}`,
  );
  return ['', 'Goals, real engine', ...lines];
}
