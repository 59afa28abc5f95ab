// Reference pages, made from the code that they describe: docs/{rules,probes,errors,cli}, docs/attacks.md,
// docs/firewall.md, docs/editor.md, docs/editor-traces.md and docs/policy.md. Called by generate.mjs with `put(path, text)`
// and `only(folder, files)`.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { editorPage } from './generate-docs-editor.mjs';
import { editorTracesPage } from './generate-docs-editor-traces.mjs';
import { firewallPage } from './generate-docs-firewall.mjs';
import { fence, page, table, wrap } from './markdown.mjs';

const SOURCES = {
  ATTACKS: 'src/attacks/catalogue.ts',
  GROUPS: 'src/attacks/catalogue.ts',
  ERRORS: 'src/core/errors.ts',
  COMMANDS: 'src/cli/commands/index.ts',
  RULES: 'src/rules/index.ts',
  PROBES: 'src/probes/index.ts',
  ENDPOINTS: 'src/sidecars/firewall/endpoints/index.ts',
  TECNATIVA: 'src/sidecars/firewall/tecnativa.ts',
  EDITOR: 'src/policy/editor-settings.ts',
  ENVIRONMENT: 'src/policy/editor-environment.ts',
  LEFTOVERS: 'src/sidecars/guard/leftovers.ts',
  PLACES: 'src/sidecars/guard/places.ts',
  EDITOR_GIT: 'src/policy/editor-git.ts',
};

export default async function generateDocs(put, only) {
  const {
    ATTACKS,
    GROUPS,
    ERRORS,
    COMMANDS,
    RULES = [],
    PROBES = [],
    ENDPOINTS = [],
    TECNATIVA,
    EDITOR,
    ENVIRONMENT,
    LEFTOVERS,
    PLACES,
    EDITOR_GIT,
  } = await load();
  const folders = [
    ['docs/rules', rulePages(RULES)],
    ['docs/probes', probePages(PROBES)],
    ['docs/errors', { 'README.md': errorPage(ERRORS) }],
    ['docs/cli', { 'README.md': cliPage(COMMANDS) }],
  ];
  for (const [folder, pages] of folders) {
    for (const [file, text] of Object.entries(pages)) put(`${folder}/${file}`, text);
    only(folder, Object.keys(pages));
  }
  put('docs/attacks.md', attackPage(ATTACKS, GROUPS, RULES, PROBES));
  put('docs/firewall.md', firewallPage(ENDPOINTS, TECNATIVA));
  put('docs/editor-traces.md', editorTracesPage(ENVIRONMENT, LEFTOVERS, PLACES));
  put('docs/editor.md', editorPage(EDITOR, EDITOR_GIT));
  put('docs/policy.md', policyPage(JSON.parse(readFileSync('schema/policy.schema.json', 'utf8'))));
}

/** The constants, from TypeScript: bundled into one throw-away module. */
async function load() {
  const contents = Object.entries(SOURCES)
    .filter(([, file]) => existsSync(file))
    .map(
      ([name, file]) =>
        `export ${['TECNATIVA', 'EDITOR', 'ENVIRONMENT'].includes(name) ? `* as ${name}` : `{ ${name} }`} from './${file}';`,
    )
    .join('\n');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    loader: { '.tmpl': 'text' },
    define: { __VERSION__: '""' },
    banner: { js: "import { createRequire as __cr } from 'node:module';const require = __cr(import.meta.url);" },
    logLevel: 'error',
  });
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-docs-'));
  try {
    const file = join(folder, 'units.mjs');
    writeFileSync(file, outputFiles[0].text);
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const attackLinks = (ids, from) => ids.map((id) => `[${id}](${from}attacks.md#${id.toLowerCase()})`).join(', ');
const languageOf = (file) =>
  /json/.test(file) ? 'jsonc' : /\.ya?ml$/.test(file) ? 'yaml' : /Dockerfile/.test(file) ? 'dockerfile' : '';

/** An example's files; the places that the rule points at are named, because a fence cannot show marks. */
function exampleFiles(files) {
  return Object.entries(files).map(([file, text]) => {
    const marks = [...text.matchAll(/«([^»]*)»/g)].map(([, marked]) => `\`${marked.split('\n')[0]}\``);
    const found = marks.length ? ` (found: ${[...new Set(marks)].join(', ')})` : '';
    return `\`${file}\`${found}\n\n${fence(text.replace(/[«»]/g, ''), languageOf(file))}`;
  });
}

function rulePages(rules) {
  const pages = {
    'README.md': page(
      'Rules',
      'What `cofferdam audit` looks for in dev container files, whoever wrote them.',
      table(
        ['Rule', 'Severity', 'What it says', 'Attacks'],
        rules.map((rule) => [
          `[${rule.id}](${rule.id}.md)`,
          rule.severity,
          rule.title,
          attackLinks(rule.attacks, '../'),
        ]),
      ),
    ),
  };
  for (const rule of rules) {
    pages[`${rule.id}.md`] = page(
      rule.id,
      `**${rule.title}.** Severity: ${rule.severity}. Attacks: ${attackLinks(rule.attacks, '../')}.`,
      `## Why\n\n${wrap(rule.why)}`,
      `## What to do\n\n${wrap(rule.remedy)}`,
      `## What --fix does\n\n${wrap(rule.fixes ?? 'Nothing: this is yours to change.')}`,
      `## Found\n\n${rule.bad.flatMap((example) => [`### ${example.title}`, ...exampleFiles(example.files)]).join('\n\n')}`,
      `## Not found\n\n${rule.good.flatMap((example) => [`### ${example.title}`, ...exampleFiles(example.files)]).join('\n\n')}`,
      `## References\n\n${rule.references.map((reference) => `- <${reference}>`).join('\n')}`,
    );
  }
  return pages;
}

const INSIDE = {
  no: 'Not with `verify --here`: it needs the engine.',
  uncontrolled:
    'With `verify --here` it can be seen to be breached, but never to hold, because no control is possible there.',
};

function probePages(probes) {
  const pages = {
    'README.md': page(
      'Probes',
      wrap(
        'What `cofferdam verify` tries in the running box, as the agent would. Each probe makes the same attempt on a target that was put within reach (its control); unless that one succeeds, nothing is called held.',
      ),
      ...[...new Set(probes.map(({ group }) => group))].map(
        (group) =>
          `## ${group}\n\n${table(
            ['Probe', 'What is so when it holds', 'Attacks'],
            probes
              .filter((probe) => probe.group === group)
              .map((probe) => [`[${probe.id}](${probe.id}.md)`, probe.title, attackLinks(probe.attacks, '../')]),
          )}`,
      ),
    ),
  };
  for (const probe of probes) {
    pages[`${probe.id}.md`] = page(
      probe.id,
      `**${probe.title}.** Group: ${probe.group}. Attacks: ${attackLinks(probe.attacks, '../')}.`,
      `## Why\n\n${wrap(probe.why)}`,
      `## What remains\n\n${wrap(probe.leaves)}`,
      `## Inside a container\n\n${typeof probe.inside === 'string' ? INSIDE[probe.inside] : 'Also with `verify --here`, with a control of its own.'}`,
    );
  }
  return pages;
}

function errorPage(errors) {
  const exits = (exit) => Object.entries(errors).filter(([, error]) => error.exit === exit);
  return page(
    'Errors',
    wrap(
      'Every error has a name, says what happened and why, and gives one next step. `cofferdam explain NAME` prints the same.',
    ),
    ...[...new Set(Object.values(errors).map(({ exit }) => exit))]
      .sort((a, b) => a - b)
      .map((exit) =>
        [
          `## Exit code ${exit}`,
          ...exits(exit).map(([code, { title, why }]) => `### ${code}\n\n${wrap(`**${title}.** ${why}`)}`),
        ].join('\n\n'),
      ),
  );
}

function cliPage(commands) {
  const section = (command, path, level) => {
    const name = `${path} ${command.name}`;
    const words = (command.arguments ?? []).map(({ name: word, required, variadic }) => {
      const shown = variadic ? `${word}...` : word;
      return required ? `<${shown}>` : `[${shown}]`;
    });
    const options = (command.options ?? []).map(({ flags, summary, choices, default: fallback }) => [
      `\`${flags}\``,
      `${summary}${choices ? `; one of ${choices.map((choice) => `\`${choice}\``).join(', ')}` : ''}${fallback ? ` (default: \`${fallback}\`)` : ''}`,
    ]);
    const positional = (command.arguments ?? []).map(({ name: word, summary }) => [`\`${word}\``, summary]);
    const usage = [name, ...(options.length ? ['[options]'] : []), ...words].join(' ');
    return [
      `${'#'.repeat(level)} ${name}`,
      wrap(
        `${(command.description ?? command.summary).replace(/^./, (first) => first.toUpperCase()).replace(/([^.:])$/, '$1.')}`,
      ),
      ...(command.subcommands ? [] : [fence(usage)]),
      ...(positional.length + options.length ? [table(['Word', 'Meaning'], [...positional, ...options])] : []),
      fence(command.examples.map(([line, purpose]) => `${line}    # ${purpose}`).join('\n'), 'sh'),
      ...(command.subcommands ?? []).map((sub) => section(sub, name, level + 1)),
    ].join('\n\n');
  };
  return page(
    'Commands',
    'What `--help` says, on one page. Exit codes and habits: [the guide](../guide/cli.md).',
    ...commands.map((command) => section(command, 'cofferdam', 2)),
  );
}

/** The join: what stands against each attack. What has neither rule nor probe is printed as open, never left out. */
function attackPage(attacks, groups, rules, probes) {
  const joined = (units, folder, id) =>
    units.filter((unit) => unit.attacks.includes(id)).map((unit) => `[${unit.id}](${folder}/${unit.id}.md)`);
  const entry = ({ id, title, severity, summary, residual }) => {
    const [found, tried] = [joined(rules, 'rules', id), joined(probes, 'probes', id)];
    const against = [
      found.length ? `Rules: ${found.join(', ')}.` : '',
      tried.length ? `Probes: ${tried.join(', ')}.` : '',
      found.length + tried.length ? '' : '**Open**: nothing looks for it yet.',
    ];
    return [
      `### ${id}`,
      wrap(`**${title}** (${severity}). ${summary}`),
      wrap(against.filter(Boolean).join(' ')),
      wrap(`Remains: ${residual}`),
    ].join('\n\n');
  };
  const open = attacks.filter(({ id }) => ![...rules, ...probes].some((unit) => unit.attacks.includes(id)));
  return page(
    'Attacks',
    wrap(
      `The catalogue: ${attacks.length} attacks on people who run an agent in a dev container. Each is joined to the rules that find it in files and the probes that try it in the running box; ${open.length} have neither yet and are marked open.`,
    ),
    ...Object.entries(groups).map(([group, title]) =>
      [`## ${title}`, ...attacks.filter((attack) => attack.group === group).map(entry)].join('\n\n'),
    ),
  );
}

/** What may be written for a key of the policy. */
function valuesOf({ type, enum: choices, const: only, items, pattern: shape }) {
  if (only !== undefined) return `\`${only}\``;
  if (choices) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (items)
    return `a list of: ${items.type === 'object' ? Object.keys(items.properties).join(', ') : valuesOf(items)}`;
  return shape ? 'text' : type;
}

function policyRows(schema, path = '') {
  return Object.entries(schema.properties).flatMap(([key, value]) => {
    const name = path ? `${path}.${key}` : key;
    if (value.properties) return policyRows(value, name);
    const must = (schema.required ?? []).includes(key) && value.default === undefined;
    const fallback = must ? 'required' : value.default === undefined ? '–' : `\`${JSON.stringify(value.default)}\``;
    const description = [value.description, value.items?.description].filter(Boolean).join(' ');
    return [[`\`${name}\``, valuesOf(value), fallback, description]];
  });
}

function policyPage(schema) {
  return page(
    'The policy',
    wrap(
      '`.devcontainer/cofferdam.yaml` is the only file that you edit. Its first line names the published schema, so editors complete and check it. An unknown key is an error, because a spelling mistake must not switch a control off. After a change: `cofferdam sync`.',
    ),
    table(['Key', 'Values', 'Default', 'Meaning'], policyRows(schema)),
  );
}
