import { LABELS } from '../policy/layout.ts';

/** A YAML scalar that compose reads as exactly this text: JSON is YAML, and `$$` is compose's `$`. */
export const text = (value: string): string => JSON.stringify(value).replaceAll('$', '$$$$');

export const indent = (columns: number, lines: string): string =>
  lines
    .split('\n')
    .map((line) => (line ? ' '.repeat(columns) + line : line))
    .join('\n');

export interface Bind {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly why: string;
  /** Variable of .env that may name another source. */
  readonly from?: string | undefined;
}

/** Long syntax: the short one splits at colons, and makes missing sources as root. */
export const bind = ({ source, target, readOnly, why, from }: Bind): string =>
  `# ${why}
- type: bind
  source: ${from === undefined ? text(source) : `"\${${from}:-${source}}"`}
  target: ${text(target)}
${readOnly ? '  read_only: true\n' : ''}  bind: { create_host_path: false }`;

export const labels = (role: string): string => `labels:
  ${LABELS.project}: \${COFFERDAM_PROJECT}
  ${LABELS.role}: ${role}
  ${LABELS.config}: \${COFFERDAM_CONFIG}`;

/** On everything that is made for this folder: `down` finds it by this. */
export const MARK = `labels: { ${LABELS.project}: "\${COFFERDAM_PROJECT}" }`;

/** What every container gets, ours too. */
export const CONFINED = `cap_drop: [ALL]
security_opt: ["no-new-privileges:true"]
logging: { driver: json-file, options: { max-size: 10m, max-file: "3" } }`;

export const HEALTH_TIMES = 'start_period: 30s, start_interval: 100ms, interval: 30s, timeout: 5s, retries: 3';

/** Memory that containers share (tmpfs(5)). */
export const memory = (name: string, options: string): string => `${name}:
  ${MARK}
  driver: local
  driver_opts: { type: tmpfs, device: tmpfs, o: "${options}" }`;
