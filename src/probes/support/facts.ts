import * as z from 'zod';
import type { ActionName, Facts } from '../../core/probing.ts';

const done = z.object({ done: z.literal(true) });
const processStatus = z.object({
  uids: z.array(z.number()),
  groups: z.array(z.number()),
  capabilities: z.object({
    CapInh: z.string(),
    CapPrm: z.string(),
    CapEff: z.string(),
    CapBnd: z.string(),
    CapAmb: z.string(),
  }),
  noNewPrivileges: z.number(),
  seccomp: z.number(),
});
const text = z.string().nullable();
const file = z.object({
  path: z.string(),
  mode: z.number(),
  uid: z.number(),
  kind: z.enum(['file', 'block', 'character', 'other']),
});

const listener = z.object({ host: z.string(), port: z.number() });

/** The prober's answers come out of a hostile container: nothing else than these shapes is taken from them. */
export const FACTS: { readonly [K in ActionName]: z.ZodType<Facts[K]> } = {
  status: z.object({
    self: processStatus,
    init: processStatus.nullable(),
    namespaces: z.record(z.string(), z.string()),
    home: z.string(),
    environment: z.object({ DOCKER_HOST: text, XDG_RUNTIME_DIR: text, TMPDIR: text, HOME: text, PATH: text }),
  }),
  mounts: z.array(
    z.object({ root: z.string(), at: z.string(), readOnly: z.boolean(), type: z.string(), source: z.string() }),
  ),
  environ: z.array(z.object({ name: z.string(), empty: z.boolean(), nonce: z.boolean() })),
  processes: z.array(z.object({ pid: z.number(), command: z.string(), signalable: z.boolean(), environ: z.boolean() })),
  sockets: z.array(
    z.object({
      path: z.string(),
      connect: z.string(),
      greeting: z.string(),
      engine: z.boolean(),
      sshAgent: z.boolean(),
    }),
  ),
  reach: z.object({ tried: z.number(), open: z.array(z.string()), whole: z.boolean() }),
  handles: z.object({
    read: z.number(),
    unread: z.number(),
    found: z.array(
      z.object({
        pid: z.number(),
        name: z.string(),
        leads: z.enum(['socket', 'port', 'token', 'file', 'nothing']),
        code: z.string(),
      }),
    ),
  }),
  editors: z.object({
    seen: z.number(),
    processes: z.array(
      z.object({
        pid: z.number(),
        command: z.string(),
        server: z.boolean(),
        files: z.string(),
        sockets: z.array(z.string()),
        listeners: z.array(listener),
        programs: z.array(z.string()),
      }),
    ),
  }),
  listeners: z.array(listener),
  memory: z.record(z.string(), z.string()),
  connect: z.object({ connected: z.literal(true) }),
  ports: z.array(z.number()),
  http: z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.string() }),
  raw: z.object({ text: z.string() }),
  sql: z.object({ state: z.string(), message: z.string(), rows: z.array(z.array(z.string())) }),
  resolve: z.array(z.string()),
  read: z.object({ text: z.string() }),
  list: z.array(z.string()),
  append: done,
  create: done,
  overwrite: done,
  unlink: done,
  mkdir: done,
  rmdir: done,
  rename: done,
  symlink: done,
  link: done,
  chmod: done,
  chown: done,
  copy: done,
  writable: z.record(z.string(), z.string()),
  openable: z.record(z.string(), z.string()),
  special: z.array(file),
  search: z.array(file),
  run: z.object({ exit: z.number().nullable(), stdout: z.string(), stderr: z.string(), timedOut: z.boolean() }),
  bind: done,
  serve: done,
  callers: z.object({ count: z.number() }),
  bystander: z.object({ pid: z.number() }),
  spin: done,
  spun: z.object({ rounds: z.number(), connected: z.number() }),
  race: z.object({
    made: z.number(),
    connected: z.number(),
    removed: z.number(),
    refused: z.record(z.string(), z.number()),
  }),
  pretend: z.object({ pid: z.number(), socket: z.string(), port: z.number() }),
  gone: z.object({ gone: z.boolean(), afterMs: z.number() }),
  limits: z.object({ version: z.union([z.literal(1), z.literal(2)]), pids: text, memory: text, swap: text, cpu: text }),
};
