// `npm run new rule|probe|endpoint NAME`: a file to fill in. It compiles, and says by failing tests what is still missing.
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const KINDS = {
  rule: {
    folder: 'src/rules',
    text: (id) => `import { defineRule } from './rule.ts';

export default defineRule({
  id: '${id}',
  title: 'What is wrong, as a fact about the file',
  severity: 'medium',
  persona: 'regular',
  attacks: ['RUN-01'],
  references: ['https://containers.dev/implementors/json_reference/'],
  why: 'What an attacker does with it.',
  remedy: 'What to write instead.',
  bad: [{ title: 'the plain case', files: { 'compose.yaml': 'services:\\n  dev:\\n    «privileged: true»\\n' } }],
  good: [{ title: 'the nearest thing that is fine', files: { 'compose.yaml': 'services:\\n  dev:\\n    privileged: false\\n' } }],
  *check() {
    // yield { at: span, confidence: 'high', message: 'what was found, without secrets' };
  },
});
`,
  },
  probe: {
    folder: 'src/probes',
    text: (id) => `import { defineProbe, type Place } from './probe.ts';

/** Control and attack differ in this only. */
interface Target {
  readonly place: Place;
}

export default defineProbe<Target, boolean>({
  id: '${id}',
  title: 'What is so when the attack is stopped',
  group: 'runtime',
  attacks: ['RUN-01'],
  why: 'Why anybody should care, and why it is tried this way.',
  leaves: 'What remains possible when it is held.',
  inside: 'no',
  targets: async () => [{ place: 'box' }],
  control: async () => ({ place: 'weak' }),
  attempt: async (_bench, { place }) => ({ did: \`looked at \${place}\`, out: false }),
  judge: (out) => (out ? { is: 'breached', because: 'it worked' } : { is: 'unclear', because: 'nothing was tried yet' }),
});
`,
  },
  endpoint: {
    folder: 'src/sidecars/firewall/endpoints',
    text: (id) => `import { defineEndpoint, send } from '../endpoint.ts';

export default defineEndpoint({
  id: '${id.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase())}',
  method: 'GET',
  path: '/${id.replaceAll('-', '/')}',
  levels: ['read', 'sandboxed'],
  section: 'SYSTEM',
  why: 'Why it may pass at all.',
  needs: [],
  query: {},
  // Only fields that are named here reach the caller.
  reply: { kind: 'json', rebuild: () => undefined },
  decide: () => send('/${id.replaceAll('-', '/')}'),
});
`,
  },
};

const [kind, name, ...rest] = process.argv.slice(2);
const unit = Object.hasOwn(KINDS, kind ?? '') ? KINDS[kind] : undefined;
if (!unit || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name ?? '') || rest.length) {
  console.error('usage: npm run new rule|probe|endpoint NAME    (NAME in lower case, words joined by -)');
  process.exit(2);
}
const path = `${unit.folder}/${name}.ts`;
if (existsSync(path)) {
  console.error(`${path} is there already.`);
  process.exit(2);
}
writeFileSync(path, unit.text(name));
console.log(`${path}: fill it in, then \`npm run generate\` and \`npm test\`.`);
