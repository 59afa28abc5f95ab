import { defineCommand } from '../command.ts';

export default defineCommand({
  name: 'sync',
  summary: 'regenerate the dev container from the policy',
  description: `Writes what .devcontainer/cofferdam.yaml says and shows it as a diff. A generated file that was edited by hand
stops it before anything is written.

Exit code: 0 in step with the policy; 1 with --check: files differ; 2 invalid policy or an edited file; 3 something could
not be read or written.`,
  options: [
    { flags: '--check', summary: 'write nothing; exit 1 if a file differs from the policy' },
    { flags: '--force', summary: 'write over files that were edited by hand' },
    { flags: '--pin', summary: 'ask the registries for the digests of the base images and write them into the policy' },
    { flags: '--json', summary: 'print the changes as a document for programs' },
  ],
  examples: [
    ['cofferdam sync', 'after a change of the policy'],
    ['cofferdam sync --pin', 'take newer base images, by digest'],
    ['cofferdam sync --check', 'in CI: fail if somebody forgot to'],
  ],
  async run({ cwd, options }, terminal) {
    const { sync } = await import('../../verbs/sync.ts');
    return sync(
      cwd,
      {
        check: options['check'] === true,
        force: options['force'] === true,
        json: options['json'] === true,
        pin: options['pin'] === true,
      },
      terminal,
    );
  },
});
