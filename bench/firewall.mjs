// The Docker firewall beside what it replaces: HAProxy with rules like Tecnativa's, in two settings, and a plain proxy
// of node:http; and the engine without any. The firewall filters and writes its audit log, HAProxy its own log.
//
//     npm run bench:firewall -- [--quick] [--json FILE]      needs an engine and a build (npm run build)
//
// Who goes first changes with every round and measure: in a fixed order the same proxies differed by 40 %. The static
// upstream shows what the proxies cost; the real engine shows how much of that one notices. Exit status 0: measured.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../scripts/engine/tools.mjs';
import { check, logsOf } from './firewall/checks.mjs';
import { call, engineSocket, makeEngine } from './firewall/engine.mjs';
import { findHaproxy } from './firewall/haproxy.mjs';
import { FEW, follow, MANY, STATIC, take, WARMING } from './firewall/measures.mjs';
import { goalReport, goals, phaseReport, processReport } from './firewall/report.mjs';
import { DIRECT, direct, makeProxies, ready, start } from './firewall/subjects.mjs';

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, json: { type: 'string' } } });
const SIZE = values.quick
  ? { rounds: 3, seconds: 0.2, warm: 0.5, logLines: 30_000, fresh: 1 }
  : { rounds: 5, seconds: 0.6, warm: 1, logLines: 100_000, fresh: 3 };
const FOREIGN = 5;

if (!existsSync('dist/sidecar.cjs')) throw new Error('dist/sidecar.cjs is missing: npm run build');
const id = randomBytes(4).toString('hex');
const [project, neighbour] = [`bench-${id}`, `bench-${id}-neighbour`];
const folder = mkdtempSync(join(tmpdir(), 'bench-firewall-'));
const real = engineSocket();
const engine = makeEngine(real, id);
const processes = new Set();
const say = (text) => process.stderr.write(`bench: ${text}\n`);

let cleaned;
/** Once, whether the end or an interruption comes first. */
function cleanUp() {
  cleaned ??= (async () => {
    for (const running of processes) await running.stop();
    await engine.remove();
    rmSync(folder, { recursive: true, force: true });
  })();
  return cleaned;
}

function haproxyIfAny() {
  try {
    const haproxy = findHaproxy();
    const [version] = run([haproxy.program, '-v'], { env: haproxy.env }).split('\n');
    return { ...haproxy, version: version.replace(/ - .*/, '') };
  } catch (error) {
    say(`without HAProxy, which cannot be had here: ${error.message}`);
    return undefined;
  }
}

const turned = (list, by) => list.map((_, index) => list[(index + by) % list.length]);

/** All measures of one upstream. Rounds are the outer loop, so that slow drift touches each measure alike. */
async function phase(title, measures, subjects, settings) {
  const results = measures.map((measure) => ({
    measure,
    rounds: Object.fromEntries(subjects.map(({ name }) => [name, []])),
  }));
  say(`${title}: warming up`);
  for (const subject of subjects) {
    for (const measure of WARMING) await take(measure, subject, { ...settings, seconds: SIZE.warm });
  }
  for (let round = 0; round < SIZE.rounds; round++) {
    say(`${title}: round ${round + 1} of ${SIZE.rounds}`);
    for (const [index, { measure, rounds }] of results.entries()) {
      for (const subject of turned(subjects, round + index)) {
        rounds[subject.name].push(await take(measure, subject, { ...settings, seconds: SIZE.seconds }));
      }
    }
  }
  return { title, results };
}

/** Start-up and memory, of proxies that did nothing else before. */
async function fresh(proxies, logger) {
  const samples = Object.fromEntries(proxies.map(({ name }) => [name, []]));
  for (let round = 0; round < SIZE.fresh; round++) {
    for (const proxy of turned(proxies, round)) samples[proxy.name].push(await follow(proxy, logger));
  }
  return samples;
}

async function subjectsBefore(socket, proxies) {
  const subjects = [direct(socket)];
  for (const proxy of proxies) {
    const running = await proxy.launch();
    processes.add(running);
    subjects.push(running);
  }
  return subjects;
}

async function checkAll(subjects, expected) {
  for (const subject of subjects) await check(subject, { project, foreign: FOREIGN, ...expected });
}

async function measure() {
  const haproxy = haproxyIfAny();
  const about = {
    engine: await engine.version(),
    node: process.version,
    haproxy: haproxy?.version ?? 'none',
    cores: availableParallelism(),
    load: loadavg()[0],
    size: SIZE,
  };
  say('making containers');
  const logger = await engine.logger(project, SIZE.logLines);
  await engine.fill(project, 5);
  await engine.fill(neighbour, FOREIGN);
  const settings = async (place) => {
    const { body } = await call(place, 'GET', logsOf(logger));
    return { logPath: logsOf(logger), logBytes: body.length };
  };

  const proxies = makeProxies({ folder, socket: real, project, haproxy });
  const subjects = await subjectsBefore(real, proxies);
  const names = subjects.map(({ name }) => name);
  const logs = await settings(subjects[0].place);
  await checkAll(subjects, { count: 5, logger, ...logs });
  const few = await phase('Real engine, 5 of ours', FEW, subjects, logs);
  await engine.fill(project, 100);
  await checkAll(subjects, { count: 100, logger, ...logs });
  const many = await phase('Real engine, 100', MANY, subjects, logs);
  const followed = await fresh(proxies, logger);

  const [socket, file] = [join(folder, 'static.sock'), join(folder, 'containers.json')];
  writeFileSync(file, JSON.stringify({ project, containers: await engine.list() }));
  const upstream = start([process.execPath, 'bench/static-upstream.mjs', socket, file], { folder, name: 'static' });
  processes.add(upstream);
  await ready({ socketPath: socket }, performance.now(), upstream.failure);
  const before = makeProxies({ folder, socket, project, haproxy });
  const standing = await subjectsBefore(socket, before);
  const canned = await settings(standing[0].place);
  await checkAll(standing, { count: 100, logger, ...canned });
  const still = await phase('Static upstream', STATIC, standing, canned);
  const followedStatic = await fresh(before, logger);
  return { about, names, phases: [few, many, still], processes: { real: followed, static: followedStatic } };
}

process.once('SIGINT', () => cleanUp().finally(() => process.exit(130)));
try {
  const outcome = await measure();
  const { about, names, phases } = outcome;
  const list = goals(phases.slice(0, 2), [outcome.processes.real, outcome.processes.static]);
  const others = names.filter((name) => name !== DIRECT);
  const lines = [
    `engine ${about.engine}, Node ${about.node}, ${about.haproxy}`,
    `${about.cores} cores, load ${about.load.toFixed(1)} at the start; medians of ${SIZE.rounds} rounds of ${SIZE.seconds} s`,
    ...phases.flatMap((one) => phaseReport(one, names)),
    ...processReport('Real engine', outcome.processes.real, others),
    ...processReport('Static upstream', outcome.processes.static, others),
    ...goalReport(list),
  ];
  console.log(lines.join('\n'));
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...outcome, goals: list }, null, 2)}\n`);
} finally {
  await cleanUp();
}
