import * as z from 'zod';

/** A tag of the official image: a version, and the distribution that it is built on. */
export const POSTGRES_VERSION = /^(?:1[3-9]|[2-9][0-9])(?:\.(?:0|[1-9][0-9]?))?(?:-(?:alpine|bookworm|trixie))?$/u;

const postgres = z
  .strictObject({
    version: z
      .string()
      .regex(POSTGRES_VERSION, 'a PostgreSQL version from 13 on, as a quoted text: "16", "16.4" or "16-alpine"')
      .describe('A tag of the official `postgres` image: "16", "16.4" or "16-alpine". Quoted.'),
    publish: z
      .int()
      .min(1024)
      .max(65535)
      .optional()
      .describe('A port of 127.0.0.1 on the host at which Postgres answers, too. Without it, it has none.'),
  })
  .describe('One Postgres server for all folders of the repository; each has its own database, role and password.');

export const SHARED_SCHEMA = z
  .strictObject({ postgres })
  .describe('Services that run once for the repository and all its worktrees, and keep their data.');
