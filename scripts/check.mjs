// `npm run check`: everything that needs no engine and no test.
import { CHECKS, prepare, step } from './steps.mjs';

prepare();
const failed = CHECKS.filter(([title, argv]) => !step(title, argv)).map(([title]) => title);
console.log(failed.length ? `\nnot clean: ${failed.join(', ')}` : '\nall checks are clean');
process.exitCode = failed.length ? 1 : 0;
