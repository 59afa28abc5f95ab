// The policy's JSON Schema, from the schema that the parser uses.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

export default async function generate(put) {
  const { outputFiles } = await build({
    entryPoints: ['src/policy/schema.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const source = Buffer.from(outputFiles[0].contents).toString('base64');
  const { policyJsonSchema } = await import(`data:text/javascript;base64,${source}`);
  put('schema/policy.schema.json', policyJsonSchema(JSON.parse(readFileSync('package.json', 'utf8')).version));
}
