import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

const OFF =
  /^(?:--allow-unauthenticated|--allow-insecure-repositories|--force-yes|--no-gpg-checks?|--nogpgcheck|--allow-untrusted)$|AllowUnauthenticated=(?:true|yes|1)|AllowInsecureRepositories=(?:true|yes|1)|^gpgcheck=0$|^SigLevel=Never$/i;
const MANAGERS = /^(?:apt|apt-get|aptitude|dnf|microdnf|yum|zypper|apk|pacman|tdnf)$/;
/** A source line that waives its signature (sources.list(5)). */
const TRUSTED = /\bdeb(?:-src)?\s+\[[^[\]]*\btrusted=yes\b/;

export default defineRule({
  id: 'unsigned-packages',
  title: 'Packages are installed without their signature',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SUP-03', 'SUP-04'],
  why: `Signatures are all that protects a package on its way: most mirrors are reached without encryption. Installation scripts run
as root.`,
  remedy: 'Add the repository’s key (`signed-by=` in the source line) and take the option out.',
  references: ['https://manpages.debian.org/bookworm/apt/sources.list.5.en.html'],
  bad: [
    {
      title: 'apt',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «apt-get install -y --allow-unauthenticated tool»\n',
      },
    },
    {
      title: 'a source line',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\n«RUN echo "deb [trusted=yes] https://example.com/apt ./" > /etc/apt/sources.list.d/x.list»\n',
      },
    },
    {
      title: 'apk, at creation',
      files: {
        'devcontainer.json': '{ "image": "alpine", "postCreateCommand": "«sudo apk add --allow-untrusted x.apk»" }',
      },
    },
  ],
  good: [
    {
      title: 'with a key',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\nRUN echo "deb [signed-by=/etc/apt/keyrings/x.gpg] https://example.com/apt ./" > /etc/apt/sources.list.d/x.list && apt-get install -y tool\n',
      },
    },
    {
      title: 'a word in a message',
      files: {
        'devcontainer.json': '{ "image": "debian", "postCreateCommand": "echo never use --allow-unauthenticated" }',
      },
    },
  ],
  *check({ configurations }) {
    for (const { program, args, at } of commands(configurations)) {
      const option = MANAGERS.test(program) ? args.find((word) => OFF.test(word)) : undefined;
      if (option !== undefined)
        yield { at, confidence: 'high', message: `${program} takes unsigned packages (${option})` };
    }
    for (const { scripts } of configurations) {
      for (const { value: script, span } of scripts) {
        if (TRUSTED.test(script.text)) {
          yield { at: span, confidence: 'high', message: 'a package source needs no signature (trusted=yes)' };
        }
      }
    }
  },
});
