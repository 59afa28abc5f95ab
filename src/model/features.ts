import type { Located } from '../core/span.ts';
import { resolveFrom } from './files.ts';
import { parseJsonc } from './jsonc.ts';
import { FEATURES, featureId } from './knowledge-features.ts';
import { type Expand, editorFacts, lifecycle, ownFlags, readMounts, variables } from './metadata.ts';
import { type Mount, mountString } from './mount.ts';
import type { RawScript, Reader } from './reader.ts';
import { child, type Entry, entries, entrySpan, type Tree, text } from './tree.ts';
import type { Feature, Flag, Setting, Variable } from './workspace.ts';

/** What all Features of a configuration add to it, those that they depend on included. */
export interface FeatureResult {
  readonly features: Located<Feature>[];
  readonly flags: Located<Flag>[];
  readonly mounts: Located<Mount>[];
  readonly environment: Located<Variable>[];
  readonly scripts: RawScript[];
  readonly files: string[];
  readonly extensions: Located<string>[];
  readonly settings: Located<Setting>[];
}

interface Place {
  /** Local Features are named from here. */
  readonly folder: string;
  readonly root: string;
  readonly expand: Expand;
  readonly reader: Reader;
}

export function readFeatures(tree: Tree, place: Place): FeatureResult {
  const result: FeatureResult = {
    features: [],
    flags: [],
    mounts: [],
    environment: [],
    scripts: [],
    files: [],
    extensions: [],
    settings: [],
  };
  readAll(child(tree, 'features'), place, result);
  return result;
}

function readAll(tree: Tree | undefined, place: Place, result: FeatureResult): void {
  for (const pair of entries(tree)) {
    // `…/node:` has no version either.
    const name = pair.key.replace(/:$/, '');
    const [, written = name, version] = /^(.+?)(?:@(sha256:\w+)|:([^/:]+))?$/.exec(name) ?? [];
    const tag = version ?? /:([^/:]+)$/.exec(name)?.[1];
    const span = pair.keySpan;
    const id = featureId(written);
    const options = entries(pair.value).flatMap((option): Located<Setting>[] => {
      const value = text(option.value);
      return value === undefined ? [] : [{ value: { key: option.key, value }, span: entrySpan(option) }];
    });
    result.features.push({ value: { id, version: tag, options }, span });
    const known = FEATURES[id.toLowerCase()];
    if (known) {
      for (const flag of known.flags ?? []) result.flags.push({ value: flag, span });
      for (const line of known.mounts ?? []) {
        const mount = mountString(line, place.root, false);
        if (mount) result.mounts.push({ value: mount, span });
      }
    } else if (id.startsWith('./') || id.startsWith('../')) {
      localFeature(pair, resolveFrom(place.folder, id), place, result);
    } else {
      place.reader.notChecked.push({
        file: span.file,
        reason: `the Feature ${pair.key} may add privileges, mounts and commands; its metadata is not in this repository`,
        span,
      });
    }
  }
}

/** A Feature in the repository: its metadata counts as if devcontainer.json said it. */
function localFeature(pair: Entry, path: string, place: Place, result: FeatureResult): void {
  const { root, expand, reader } = place;
  const file = `${path}/devcontainer-feature.json`;
  // Two that depend on each other, or one that is named twice.
  if (result.files.includes(file)) return;
  const source = reader.read(file, pair.keySpan);
  if (source === undefined) return;
  result.files.push(file);
  const { tree, notChecked } = parseJsonc(file, source);
  for (const item of notChecked) reader.notChecked.push(item);
  if (!tree) return;
  result.flags.push(...ownFlags(tree));
  result.mounts.push(...readMounts(child(tree, 'mounts'), root, expand));
  result.environment.push(...variables(child(tree, 'containerEnv'), 'container', expand));
  result.scripts.push(...lifecycle(tree, file, reader));
  const { extensions, settings } = editorFacts(tree);
  result.extensions.push(...extensions);
  result.settings.push(...settings);
  const script = `${path}/install.sh`;
  const install = reader.optional(script);
  if (install !== undefined) {
    result.files.push(script);
    const span = { file: script, start: 0, end: install.length };
    result.scripts.push({ hook: 'build', on: 'build', words: undefined, text: install, span, start: 0 });
  }
  // Local ones are named from the folder of devcontainer.json here too (containerFeaturesConfiguration.ts of the CLI).
  readAll(child(tree, 'dependsOn'), place, result);
}
