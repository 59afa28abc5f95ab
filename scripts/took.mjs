// A reporter for vitest: how long each file took with all of its hooks, which vitest's own JSON leaves out. A line a file,
// into the file that TOOK names.
import { appendFileSync } from 'node:fs';

export default class {
  onTestModuleEnd(file) {
    const took = { file: file.moduleId, seconds: file.diagnostic().duration / 1000 };
    appendFileSync(process.env.TOOK, `${JSON.stringify(took)}\n`);
  }
}
