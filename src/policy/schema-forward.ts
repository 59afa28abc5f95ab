import * as z from 'zod';
import { FIRST_PORT, LAST_PORT, MAX_PORTS } from './ports.ts';

const RANGE = /^[1-9][0-9]{3,4}(?:-[1-9][0-9]{3,4})?$/u;

const entry = z
  .union(
    [
      z.int().min(FIRST_PORT).max(LAST_PORT).describe('A port.'),
      z.string().regex(RANGE).describe('A range of ports, such as 3000-3003.'),
    ],
    `it must be a port from ${FIRST_PORT} to ${LAST_PORT}, or a range such as 3000-3003`,
  )
  .describe('A port such as 3000, or a range such as 3000-3003.');

export const FORWARD_SCHEMA = z
  .array(entry)
  .max(MAX_PORTS)
  .meta({ uniqueItems: true })
  .describe(
    `Ports of the box’s localhost that this machine’s localhost reaches, ${MAX_PORTS} at most in all. None is, unless it is named here: what a login on the host sends to such a port, the agent gets.`,
  );
