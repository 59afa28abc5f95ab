import { readFileSync } from 'node:fs';
import { ToolError } from '../core/errors.ts';
import { errno } from './folder.ts';

/** A program of ours that runs in a container: one file, built beside the CLI (whose chunks are one folder below). */
export function program(name: 'sidecar' | 'prober' | 'relay'): string {
  for (const place of [`./${name}.cjs`, `../${name}.cjs`, `../../dist/${name}.cjs`]) {
    try {
      return readFileSync(new URL(place, import.meta.url), 'utf8');
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw error;
    }
  }
  throw new ToolError('internal', `${name}.cjs is not where cofferdam was installed.`, 'Install cofferdam again.');
}
