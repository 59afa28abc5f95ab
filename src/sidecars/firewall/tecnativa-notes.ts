import type { Access, Extra, Section } from './access.ts';
import { ENDPOINTS } from './endpoints/index.ts';
import type { Settings } from './settings.ts';
import { coverage, ENVIRONMENT, OTHER_PROJECTS } from './tecnativa.ts';

/** Which variables are on. */
export interface Switched {
  readonly sections: readonly { readonly name: Section; readonly area: string }[];
  readonly controls: readonly string[];
  readonly extras: readonly { readonly name: string; readonly extra: Extra; readonly gives: string }[];
  /** BIND_CONFIG is there. */
  readonly bind: boolean;
}

/** What whoever replaces the original has to know once: what is open, and what is not although it would be there. */
export function startNotes({ access, visible, sandbox }: Settings, switched: Switched): readonly string[] {
  return [
    visible.kind === 'all'
      ? `${OTHER_PROJECTS}=1: the containers of every project are visible, as in the original`
      : `project ${visible.project} is visible; ${OTHER_PROJECTS}=1 would show the others too, as the original does`,
    access.reveals
      ? `${ENVIRONMENT}=1: values of environments and arguments are shown, as in the original`
      : `values of environments and arguments are redacted; ${ENVIRONMENT}=1 would show them, as the original does`,
    ...(sandbox === undefined ? [] : [aboutSandbox(sandbox.images)]),
    ...switched.sections.flatMap((section) => aboutSection(section, access)),
    ...switched.controls.map((name) => aboutControl(name, access)),
    ...switched.extras.map((extra) => aboutExtra(extra, access)),
    ...(switched.bind ? ['BIND_CONFIG is ignored; the original overwrites it too'] : []),
  ];
}

const aboutSandbox = (images: readonly string[]): string =>
  images.length > 0
    ? `POST=1: containers can be made in a sandbox, from ${images.join(', ')}`
    : 'POST=1: no container can be made, because COFFERDAM_IMAGES names no image';

function aboutSection(section: Switched['sections'][number], access: Access): readonly string[] {
  const { open, kept } = coverage(section, access);
  const requests = open.map(({ method, path }) => `${method} ${path}`);
  const first = `${section.name}=1 opens ${requests.length > 0 ? requests.join(', ') : 'nothing here'}`;
  if (kept.length === 0) return [first];
  return [
    `${first}; refused, although the original opens it:`,
    ...kept.map(({ requests: refused, why, opener }) => {
      const how = opener === undefined ? '' : ` ${opener}=1 opens it.`;
      return `  ${refused.join(', ')}: ${why}${how}`;
    }),
  ];
}

function aboutControl(name: string, { level, sections }: Access): string {
  if (level === 'read') return `${name}=1 does nothing while POST=0, as in the original`;
  return sections?.has('CONTAINERS')
    ? `${name}=1 adds nothing to CONTAINERS=1 and POST=1, as in the original`
    : `${name}=1 works on the containers of the project; a body that changes them at their start is refused`;
}

function aboutExtra({ name, extra, gives }: Switched['extras'][number], { sections }: Access): string {
  const off = ENDPOINTS.find((endpoint) => endpoint.extra === extra && sections?.has(endpoint.section) === false);
  return off === undefined ? `${name}=1 gives ${gives}` : `${name}=1 does nothing while ${off.section}=0`;
}
