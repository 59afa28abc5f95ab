import type { Located, Span } from '../core/span.ts';
import { insideRoot, resolveFrom } from './files.ts';
import { type DotenvLine, dotenvLines, interpolate, wellKnown } from './interpolate.ts';
import type { Reader } from './reader.ts';
import { child, items, type Tree, text, truthy } from './tree.ts';
import type { Container, Variable } from './workspace.ts';

interface Named extends Located<string> {
  /** It may be missing. */
  readonly optional: boolean;
  /** Quotes are part of the value: `docker run` and compose's `format: raw`. */
  readonly raw: boolean;
}

export interface EnvFiles {
  readonly environment: readonly Located<Variable>[];
  readonly files: readonly string[];
  readonly absent: Container['absentEnvFiles'];
}

/** The variables of all files that `env_file` names, the last of a name winning. */
export function composeEnvFiles(tree: Tree | undefined, folder: string, reader: Reader): EnvFiles {
  const list = tree?.kind === 'list' ? items(tree) : tree ? [tree] : [];
  const named = list.flatMap((item): Named[] => {
    const path = item.kind === 'map' ? child(item, 'path') : item;
    const value = text(path);
    if (!path || value === undefined) return [];
    const required = child(item, 'required');
    const optional = required !== undefined && !truthy(required);
    return [{ value, span: path.span, optional, raw: text(child(item, 'format')) === 'raw' }];
  });
  return readEnvFiles(named, folder, reader);
}

/** The same of `--env-file`. */
export const runEnvFiles = (paths: readonly Located<string>[], folder: string, reader: Reader): EnvFiles =>
  readEnvFiles(
    paths.map((path) => ({ ...path, optional: false, raw: true })),
    folder,
    reader,
  );

function readEnvFiles(named: readonly Named[], folder: string, reader: Reader): EnvFiles {
  const environment = new Map<string, Located<Variable>>();
  const files: string[] = [];
  const absent: Located<{ path: string; outside: boolean }>[] = [];
  for (const { value, span, optional, raw } of named) {
    if (value.includes('${')) {
      const reason = `which file ${value} is depends on values that are not in this repository`;
      reader.notChecked.push({ file: span.file, reason, span });
      continue;
    }
    const path = resolveFrom(folder, value);
    const outside = !insideRoot(path);
    const source = optional && !outside ? reader.optional(path) : reader.read(path, span);
    if (source === undefined) {
      // One that may be missing is often made for this container alone.
      const gone = outside || (!optional && reader.files.read(path).kind === 'absent');
      if (gone) absent.push({ value: { path: value, outside }, span });
      continue;
    }
    files.push(path);
    for (const line of dotenvLines(source, raw)) {
      const at: Span = { file: path, start: line.start, end: line.end };
      const { value, hostVariables } = resolved(line, environment);
      environment.set(line.name, { value: { name: line.name, value, kind: 'container', hostVariables }, span: at });
    }
  }
  return { environment: [...environment.values()], files, absent };
}

/** The value of a line. Names that stand before it are the file's own. */
function resolved({ name, value, literal }: DotenvLine, before: ReadonlyMap<string, Located<Variable>>) {
  if (value === undefined) return { value, hostVariables: [name] };
  if (literal) return { value, hostVariables: [] };
  const { text: result, hostVariables } = interpolate(
    value,
    (other) => before.get(other)?.value.value ?? wellKnown(other),
  );
  return { value: result, hostVariables };
}
