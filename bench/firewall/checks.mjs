// A benchmark that counts refusals as answers is worthless: what each subject says first is compared with what it must say.
import { call } from './engine.mjs';
import { CLOSING, OURS, REUSING } from './subjects.mjs';

const PROJECT = 'com.docker.compose.project';
const FILTERING = [OURS];
const RULED = [OURS, CLOSING, REUSING];

export const LIST = '/containers/json?all=1';
export const logsOf = (id) => `/containers/${id}/logs?stdout=1&stderr=1&tail=all`;

async function expect200({ name, place }, path) {
  const { status, body } = await call(place, 'GET', path);
  if (status !== 200) throw new Error(`${name} answers ${path} with ${status}: ${body.subarray(0, 300)}`);
  return body;
}

/** Throws unless `subject` pings, shows what it must show of `containers`, hides what it must hide and gives whole logs. */
export async function check(subject, { project, count, foreign, logger, logBytes }) {
  const { name, place } = subject;
  const ping = String(await expect200(subject, '/_ping'));
  if (ping !== 'OK') throw new Error(`${name} answers /_ping with ${ping}`);
  const shown = JSON.parse(await expect200(subject, LIST));
  const own = shown.filter(({ Labels }) => Labels[PROJECT] === project).length;
  const others = shown.length - own;
  if (own !== count) throw new Error(`${name} shows ${own} of the project’s ${count} containers`);
  if (FILTERING.includes(name) ? others !== 0 : !(others >= foreign)) {
    throw new Error(`${name} shows ${others} containers of others; there are ${foreign} at least`);
  }
  const { status } = await call(place, 'GET', '/swarm');
  if (RULED.includes(name) && status !== 403)
    throw new Error(`${name} answers /swarm, which no rule opens, with ${status}`);
  const { length } = await expect200(subject, logsOf(logger));
  if (length !== logBytes) throw new Error(`${name} gives ${length} bytes of logs; there are ${logBytes}`);
  return others;
}
