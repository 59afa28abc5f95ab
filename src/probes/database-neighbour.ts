import type { Action, Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe } from './probe.ts';
import { breached, failed, held, need, short, unclear } from './support/judge.ts';

type Login = Action<'sql'>['login'];

interface Target {
  readonly place: 'box' | 'weak';
  readonly what: string;
  readonly login: Login;
  readonly statement: string;
}

/** What a role that is none of a superuser's may not do, each with what it would be good for. */
// A program that reads to its end: to one that does not, the server cannot write, which looks like a refusal.
const STATEMENTS: readonly (readonly [what: string, statement: string])[] = [
  ['run a program on the server', "copy (select 1) to program 'cat >/dev/null'"],
  ['read a file of the server', "select pg_read_file('PG_VERSION')"],
  [
    'read one as a table',
    "begin; create temp table cofferdam_verify (line text); copy cofferdam_verify from '/etc/passwd'; rollback",
  ],
  ['take a file in as a large object', "begin; select lo_import('PG_VERSION'); rollback"],
  ['open connections from the server', 'begin; create extension dblink; rollback'],
  ['make a superuser', 'begin; create role cofferdam_verify superuser; rollback'],
  ['make a role', 'begin; create role cofferdam_verify; rollback'],
  ['become the superuser', 'begin; set local role postgres; select 1; rollback'],
  ['read the passwords of roles', 'select rolpassword from pg_authid'],
];

/** Refusals of the server: this login is not taken, wrong password, not permitted (PostgreSQL, appendix A). */
const REFUSED = new Set(['28000', '28P01', '42501']);

const own = (what: string, statement: string, login: Login = {}): Target => ({ place: 'box', what, login, statement });

/** Every other database: the superuser's own, the template, those of other folders. */
async function others(bench: Bench): Promise<readonly string[]> {
  const statement = 'select datname from pg_database where datname <> current_database() and datallowconn';
  const answer = need(await (await bench.at('box')).perform({ do: 'sql', login: {}, statement }), 'list of databases');
  if (answer.state !== '00000') throw new Error(`the box’s own database: ${answer.message}`);
  return answer.rows.flatMap(([name]) => name ?? []);
}

export default defineProbe<Target, Outcome<Facts['sql']>>({
  id: 'database-neighbour',
  title: 'The box’s role reaches its own database and nothing else of the shared server',
  group: 'network',
  attacks: ['SHR-01', 'SHR-02'],
  why: 'Folders share one server: a role that is too strong reads and changes what the others keep there, and a superuser runs programs in its container.',
  leaves:
    'Names of the other databases and roles, the load that they feel of each other, and faults of the server itself.',
  inside: 'no',
  notApplicable: ({ shared }) => (shared === undefined ? 'the policy shares no services' : undefined),
  async targets(bench) {
    const databases = await others(bench);
    return [
      ...databases.map((database) => own(`enter the database ${database}`, 'select 1', { database })),
      own('log in as the superuser', 'select 1', { user: 'postgres', password: '' }),
      own('log in as the superuser with the own password', 'select 1', { user: 'postgres' }),
      ...STATEMENTS.map(([what, statement]) => own(what, statement)),
    ];
  },
  async control(bench) {
    const [[what, statement] = ['', '']] = STATEMENTS;
    return {
      place: 'weak',
      what: `${what}, as a superuser of another server`,
      login: await bench.database(),
      statement,
    };
  },
  async attempt(bench, { place, what, login, statement }) {
    const out = await (await bench.at(place)).perform({ do: 'sql', login, statement });
    return { did: what, out };
  },
  judge(out) {
    if (!out.ok) return failed(out);
    const { state, message } = out.value;
    if (state === '00000') return breached('the server did it');
    return REFUSED.has(state) ? held(`${state} ${short(message)}`) : unclear(`${state} ${short(message)}`);
  },
});
