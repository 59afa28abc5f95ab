import type * as z from 'zod';
import { positionAt, type Span } from '../core/span.ts';
import { nodeStack } from './installs.ts';
import { NODE_DEFAULTS } from './node-settings.ts';
import { explain } from './parse-explain.ts';
import { type Complaint, checkMeaning } from './parse-meaning.ts';
import { fault, type Path, readYaml, type YamlTree } from './parse-yaml.ts';
import { POLICY_PATH, type Policy, type PolicyFile } from './policy.ts';
import { parsePorts } from './ports.ts';
import { POLICY_SCHEMA } from './schema.ts';

/** Reads a policy. Any doubt is an error (`policy-syntax`, `policy-invalid`) with its place. */
export function parsePolicy(text: string, file: string = POLICY_PATH): PolicyFile {
  const tree = readYaml(text, file);
  const read = POLICY_SCHEMA.safeParse(tree.value);
  const complaints = read.success
    ? checkMeaning(read.data)
    : read.error.issues.flatMap((issue) => explain(issue, tree));
  if (complaints.length > 0) raise(complaints, tree, text);
  if (!read.success) throw read.error;
  return { policy: toPolicy(read.data), where: (path) => tree.valueAt(steps(path)) };
}

const steps = (path: string): Path =>
  path === '' ? [] : path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));

function raise(complaints: readonly Complaint[], tree: YamlTree, text: string): never {
  const placed = complaints
    .map((complaint) => ({ complaint, at: placeOfComplaint(complaint, tree) }))
    .sort((a, b) => rank(a.complaint) - rank(b.complaint) || a.at.start - b.at.start);
  const [first] = placed;
  if (first === undefined) throw new Error('nothing to complain about');
  const { message, hint } = first.complaint;
  throw fault('policy-invalid', text, first.at, message, hint, others(placed.slice(1), text));
}

/** What else is wrong, so that one run is enough to correct it. */
function others(placed: readonly { readonly complaint: Complaint; readonly at: Span }[], text: string): string[] {
  const lines = placed
    .slice(0, MAX_OTHERS)
    .map(({ complaint, at }) => `also, line ${positionAt(text, at.start).line}: ${complaint.message}`);
  const more = placed.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

const MAX_OTHERS = 3;

const rank = ({ on }: Complaint): number => (on === 'missing' ? 1 : 0);

function placeOfComplaint({ path, on }: Complaint, tree: YamlTree): Span {
  const span = on === 'value' ? tree.valueAt(path) : tree.keyAt(path);
  return span.end > span.start ? span : { ...span, end: span.start + 1 };
}

function toPolicy(data: z.output<typeof POLICY_SCHEMA>): Policy {
  const { version: _, stack, node, forward, ...rest } = data;
  const ports = parsePorts(forward ?? []);
  return {
    stack: stack === 'debian' ? { name: 'debian' } : nodeStack(node ?? NODE_DEFAULTS),
    ...rest,
    ...(forward === undefined || typeof ports === 'string' ? {} : { forward: ports }),
  };
}
