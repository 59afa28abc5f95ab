import { ERRORS, ToolError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { serve } from './serve.ts';

/** The bundle's own command line; `cofferdam serve` calls `serve` too. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const [name = '', ...rest] = argv;
    return await serve(name, rest);
  } catch (error) {
    const code = error instanceof ToolError ? error.code : 'internal';
    const said = error instanceof Error ? error.message : String(error);
    process.stderr.write(`error [${code}] ${printable(said)}\n  why:  ${ERRORS[code].why}\n`);
    if (error instanceof ToolError) process.stderr.write(`  next: ${printable(error.hint)}\n`);
    return ERRORS[code].exit;
  }
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
