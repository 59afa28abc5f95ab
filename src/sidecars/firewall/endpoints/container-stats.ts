import { defineEndpoint } from '../endpoint.ts';
import { name } from '../redact.ts';
import { absentContainer, sendToContainer } from '../resolve.ts';
import type { Rules } from '../scope.ts';
import { fields, figures, list, mapOf, number, type Shape, text } from '../shape.ts';

const flag = /^(?:0|1|true|false)$/i;
const shape = (rules: Rules): Shape =>
  fields({
    name: name(rules),
    id: text,
    os_type: text,
    read: text,
    preread: text,
    pids_stats: figures,
    blkio_stats: mapOf(list(fields({ major: number, minor: number, op: text, value: number }))),
    num_procs: figures,
    storage_stats: figures,
    cpu_stats: figures,
    precpu_stats: figures,
    memory_stats: figures,
    networks: figures,
  });

export default defineEndpoint({
  id: 'ContainerStats',
  method: 'GET',
  path: '/containers/{id*}/stats',
  levels: ['read', 'sandboxed'],
  section: 'CONTAINERS',
  why: 'Processor and memory use of the project’s own services.',
  needs: ['containers'],
  query: { stream: flag, 'one-shot': flag },
  reply: { kind: 'lines', rebuild: (entry, { rules }) => shape(rules)(entry) ?? undefined },
  absent: absentContainer,
  decide: ({ params, query }, scope) => sendToContainer(scope, params.id, 'stats', query),
});
