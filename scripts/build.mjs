// Builds dist/: the CLI and library as ES modules in chunks, the programs that run inside containers as single files.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  define: { __VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
};

rmSync('dist', { recursive: true, force: true });

// What runs in a container must not need node_modules: one CommonJS file each (it also starts faster than one ES module).
for (const [name, entry] of [
  ['sidecar', 'src/sidecars/main.ts'],
  ['prober', 'src/prober/main.ts'],
  ['relay', 'src/sidecars/forward/relay-main.ts'],
]) {
  if (!existsSync(entry)) continue;
  await build({
    ...common,
    entryPoints: [entry],
    outfile: `dist/${name}.cjs`,
    format: 'cjs',
    banner: { js: '#!/usr/bin/env node' },
  });
}

/**
 * commander starts programs for commands that are files of their own, which ours are not. Loading what it would take
 * (child_process and with it the network) costs every start about 5 ms.
 */
const withoutExecutables = {
  name: 'without-executables',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]node_modules[\\/]commander[\\/]/.test(importer) ? { path: 'none', namespace: 'empty' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'empty' }, () => ({ contents: 'module.exports = {}', loader: 'js' }));
  },
};

const { metafile } = await build({
  ...common,
  plugins: [withoutExecutables],
  metafile: true,
  entryPoints: { cli: 'src/cli/main.ts', index: 'src/index.ts' },
  outdir: 'dist',
  format: 'esm',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  loader: { '.tmpl': 'text' },
  banner: { js: "import { createRequire as __cr } from 'node:module';const require = __cr(import.meta.url);" },
});
const cli = readFileSync('dist/cli.js', 'utf8');
writeFileSync('dist/cli.js', `#!/usr/bin/env node\n${cli}`);
chmodSync('dist/cli.js', 0o755);

execFileSync(
  'node_modules/.bin/tsc',
  [
    '--noEmit',
    'false',
    '--emitDeclarationOnly',
    '--declaration',
    '--rootDir',
    'src',
    '--outDir',
    'dist/types',
    '--project',
    'tsconfig.build.json',
  ],
  { stdio: 'inherit' },
);

// Of the declarations only those that the library's own lead to: the others describe nothing that can be imported.
const kept = new Set();
for (const queue = [resolve('dist/types/index.d.ts')]; queue.length > 0; ) {
  const file = queue.pop();
  if (kept.has(file)) continue;
  kept.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
    queue.push(resolve(dirname(file), path.replace(/\.[jt]s$/, '.d.ts')));
  }
}
for (const entry of readdirSync('dist/types', { recursive: true, withFileTypes: true })) {
  const file = resolve(entry.parentPath ?? entry.path, entry.name);
  if (entry.isFile() && !kept.has(file)) rmSync(file);
}

// The libraries that went into dist/ ask for their licences to come along.
const libraries = [
  ...new Set(Object.keys(metafile.inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? [])),
];
writeFileSync(
  'dist/third-party-licences.txt',
  libraries
    .sort()
    .map((folder) => {
      const { name, version: used, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:\.\w+)?$/i.test(entry));
      const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${license}`;
      return `${name} ${used}\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`),
);
