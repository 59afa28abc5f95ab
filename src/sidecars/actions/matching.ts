import vm from 'node:vm';
import { wholly } from '../../policy/actions.ts';

/** Far longer than a sound pattern needs for 4096 characters. */
const TIMEOUT_MS = 100;

/**
 * Some patterns take years for some values, which the caller chooses: `(a+)+b` and many `a`. Nothing else would run
 * meanwhile, no timeout either. A script of node:vm can be interrupted, also inside of a regular expression.
 */
export function makeMatches(): (pattern: string, value: string) => boolean {
  const context = vm.createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  return (pattern, value) => {
    const code = `${wholly(pattern)}.test(${JSON.stringify(value)})`;
    try {
      return vm.runInContext(code, context, { timeout: TIMEOUT_MS }) === true;
    } catch {
      return false;
    }
  };
}
