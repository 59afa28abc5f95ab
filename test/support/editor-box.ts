import { parse } from 'jsonc-parser';
import { cofferdam, type Sample, sampleRepository } from './box.ts';
import { install, type Rig } from './editor-rig.ts';
import { docker } from './live.ts';

/** A box in which the editor's server was put where its editor would be. */
export interface EditorBox {
  readonly sample: Sample;
  /** Container of the agent. */
  readonly agent: string;
  /** Container that devcontainer.json names, where an editor attaches. */
  readonly editor: string;
}

/** Makes a box by the built program, with these values in its policy, and puts the editor's server into it. */
export function editorBox(rig: Rig, values: Readonly<Record<'topology' | 'ipc', string>>): EditorBox {
  const sample = repository();
  const cli = (...words: readonly string[]): void => {
    const { code, stderr } = cofferdam(sample.root, words);
    if (code !== 0) throw new Error(`cofferdam ${words.join(' ')}: ${stderr}`);
  };
  try {
    cli('init', '--yes');
    const text = sample.read('.devcontainer/cofferdam.yaml');
    const changed = Object.entries(values).reduce(
      (policy, [key, value]) => policy.replace(new RegExp(`^${key}: .*$`, 'm'), `${key}: ${value}`),
      text,
    );
    sample.write('.devcontainer/cofferdam.yaml', changed);
    cli('sync');
    cli('up');
    const find = (label: string): string => {
      const filters = [`label=dev.cofferdam.project=${sample.project()}`, `label=${label}`];
      return docker('ps', '-q', '--no-trunc', ...filters.flatMap((filter) => ['--filter', filter]));
    };
    const { service, customizations } = parse(sample.read('.devcontainer/devcontainer.json'));
    const editor = find(`com.docker.compose.service=${service}`);
    install(editor, rig, customizations.vscode.settings);
    return { sample, agent: find('dev.cofferdam.role=agent'), editor };
  } catch (error) {
    sample.remove();
    throw error;
  }
}

/** A repository with something to read, to change and to find. */
function repository(): Sample {
  const sample = sampleRepository('app');
  sample.write('README.md', '# Sample\nfirst\n');
  sample.git('add', '.');
  sample.git('commit', '--quiet', '--message', 'Read me');
  return sample;
}
