// docs/firewall.md, made from the firewall's tables. Called by generate-docs.mjs.
import { page, table, wrap } from './markdown.mjs';

const pattern = ({ source }) => `\`${source.replace(/^\^/, '').replace(/\$$/, '')}\``;
const said = ({ method, path }) => `\`${method} ${path}\``;
const listed = (items) => (items.length > 0 ? items.join(', ') : '–');

export function firewallPage(endpoints, tecnativa) {
  return page(
    'What the Docker firewall lets through',
    wrap(
      'The whole table. What is not in it is refused, and so are other methods, other query parameters, repeated ones and values that do not match. Only containers, networks, volumes and images of this project and of the services that the policy names exist for the caller; everything else answers as if it were absent. A row without level takes the variable of ours that stands there.',
    ),
    table(
      ['Request', 'Query', 'Level', 'Variable of Tecnativa’s proxy', 'Variable of ours', 'Why'],
      endpoints.map((endpoint) => [
        said(endpoint),
        listed(Object.entries(endpoint.query).map(([key, value]) => `\`${key}\` ${pattern(value)}`)),
        listed(endpoint.levels),
        `\`${endpoint.section}\``,
        extraOf(endpoint, tecnativa),
        endpoint.why,
      ]),
    ),
    '## In place of Tecnativa’s proxy',
    wrap(
      'With `--tecnativa` the environment variables of Tecnativa/docker-socket-proxy say what is open ([how](guide/docker-proxy.md)). `POST=0` is level read, `POST=1` level sandboxed. There, a variable opens every path that begins with its word; here, only what this table names. What stands in the last column is open there and refused here, and so is every other path that begins so (`any`: every method).',
    ),
    table(
      ['Variable', 'Opens', 'With `POST=1` also', 'Stays refused, and why'],
      tecnativa.SECTIONS.map((section) => sectionRow(section, tecnativa)),
    ),
    wrap('`EVENTS`, `PING` and `VERSION` are on unless they are set to 0, as there. The others are off.'),
    '### Variables that open what is unsafe',
    wrap('Each takes its section besides, and is 1 or 0.'),
    table(
      ['Variable', 'Section', 'Opens', 'Gives'],
      [
        ...tecnativa.EXTRAS.map(({ name, extra, gives }) => {
          const opened = endpoints.filter((endpoint) => endpoint.extra === extra);
          return [
            `\`${name}\``,
            listed([...new Set(opened.map(({ section }) => `\`${section}\``))]),
            listed(opened.map(said)),
            gives,
          ];
        }),
        [
          `\`${tecnativa.ENVIRONMENT}\``,
          '`CONTAINERS`, `IMAGES`',
          'options of `docker top`',
          'values of environments and arguments, which are redacted otherwise; never host paths',
        ],
        [`\`${tecnativa.OTHER_PROJECTS}\``, '–', '–', 'every project on this machine in place of one'],
      ],
    ),
    '### Variables for the life of containers',
    wrap(
      'They work on containers that are there already, and only with `POST=1`, as in the original. With `CONTAINERS=1` all of them are open then.',
    ),
    table(
      ['Variable', 'Opens'],
      tecnativa.CONTROLS.map(({ name, controls }) => [`\`${name}\``, controls.join(', ')]),
    ),
  );
}

const extraOf = ({ extra }, { EXTRAS }) =>
  listed(EXTRAS.filter((each) => each.extra === extra).map(({ name }) => `\`${name}\``));

/** With nothing else on. `POST=1` brings every control where CONTAINERS is on. */
function sectionRow(section, { coverage, EVERY_CONTROL }) {
  const access = (level, controls) => ({
    level,
    sections: new Set([section.name]),
    extras: new Set(),
    controls: new Set(controls),
    reveals: false,
  });
  const read = coverage(section, access('read', []));
  const post = coverage(section, access('sandboxed', section.name === 'CONTAINERS' ? EVERY_CONTROL : []));
  const first = new Set(read.open.map(said));
  return [
    `\`${section.name}\``,
    listed([...first]),
    listed(post.open.map(said).filter((request) => !first.has(request))),
    post.kept
      .map(({ requests, why, opener }) => {
        const how = opener === undefined ? '' : ` \`${opener}=1\` opens it.`;
        return `${requests.map((request) => `\`${request.replaceAll('|', ', ')}\``).join(', ')}: ${why}${how}`;
      })
      .join('<br>') || '–',
  ];
}
