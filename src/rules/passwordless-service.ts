import { defineRule } from './rule.ts';

const YES = /^(?:1|true|yes|on)$/i;
/** Variables of well-known images that take the password away; each is in its image's own documentation. */
const OPEN: Readonly<Record<string, RegExp>> = {
  POSTGRES_HOST_AUTH_METHOD: /^trust$/i,
  MYSQL_ALLOW_EMPTY_PASSWORD: YES,
  MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: YES,
  MARIADB_ALLOW_EMPTY_PASSWORD: YES,
  ALLOW_EMPTY_PASSWORD: YES,
  ALLOW_ANONYMOUS_LOGIN: YES,
  'xpack.security.enabled': /^false$/i,
  DISABLE_SECURITY_PLUGIN: YES,
  NEO4J_AUTH: /^none$/i,
  SURREAL_UNAUTHENTICATED: YES,
  JUPYTER_TOKEN: /^$/,
  GF_AUTH_ANONYMOUS_ENABLED: YES,
};

export default defineRule({
  id: 'passwordless-service',
  title: 'A service lets everybody in',
  severity: 'low',
  persona: 'regular',
  attacks: ['SHR-01', 'SHR-02'],
  why: `Whoever reaches the service is its administrator. For several that means code: \`COPY … TO PROGRAM\` runs a command in the
container of PostgreSQL, which may have mounts and a way out that the agent has not.`,
  remedy: 'Set a password, also for development, and give the agent a role that is not the administrator’s.',
  references: ['https://hub.docker.com/_/postgres', 'https://hub.docker.com/_/mysql'],
  bad: [
    {
      title: 'PostgreSQL',
      files: {
        'compose.yaml':
          'services:\n  db:\n    image: postgres:17\n    environment:\n      - «POSTGRES_HOST_AUTH_METHOD=trust»\n',
      },
    },
    {
      title: 'on a published port',
      files: {
        'compose.yaml':
          'services:\n  db:\n    image: mysql:8\n    environment:\n      «MYSQL_ALLOW_EMPTY_PASSWORD: "yes"»\n    ports: ["3306:3306"]\n',
      },
    },
  ],
  good: [
    {
      title: 'a password, and a switch that is off',
      files: {
        'compose.yaml':
          'services:\n  db:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: "${DB}", POSTGRES_HOST_AUTH_METHOD: scram-sha-256, ALLOW_EMPTY_PASSWORD: "no" }\n',
      },
    },
  ],
  *check({ containers }) {
    for (const { name, environment, ports, networks } of containers) {
      const outside =
        ports.some(({ value }) => !/^(?:127\.|localhost$|::1$)/.test(value.address)) ||
        networks?.some(({ value }) => value.external) === true;
      for (const { value: variable, span } of environment) {
        if (variable.value === undefined || OPEN[variable.name]?.test(variable.value) !== true) continue;
        yield outside
          ? {
              at: span,
              confidence: 'high',
              severity: 'high',
              message: `${name} lets everybody in, and others than this project reach it`,
            }
          : { at: span, confidence: 'high', message: `${name} lets everybody in who reaches it` };
      }
    }
  },
});
