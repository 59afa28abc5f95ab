/** What the firewall is allowed to do at most. Without any Docker access there is no firewall at all. */
export type Level = 'read' | 'sandboxed';

/** The parts of the API as Tecnativa's docker-socket-proxy names them in its environment. */
export type Section =
  | 'AUTH'
  | 'BUILD'
  | 'COMMIT'
  | 'CONFIGS'
  | 'CONTAINERS'
  | 'DISTRIBUTION'
  | 'EVENTS'
  | 'EXEC'
  | 'GRPC'
  | 'IMAGES'
  | 'INFO'
  | 'NETWORKS'
  | 'NODES'
  | 'PING'
  | 'PLUGINS'
  | 'SECRETS'
  | 'SERVICES'
  | 'SESSION'
  | 'SWARM'
  | 'SYSTEM'
  | 'TASKS'
  | 'VERSION'
  | 'VOLUMES';

/** What reads contents or makes the engine connect somewhere, although the request is a GET. */
export type Extra = 'archive' | 'export' | 'image-get' | 'search';

/** What can be done to a container that somebody else made. */
export type Control = 'start' | 'stop' | 'restart' | 'kill' | 'pause' | 'unpause';

/** Which rows of the table are open. */
export interface Access {
  readonly level: Level;
  /** Only these parts; all parts if undefined. */
  readonly sections: ReadonlySet<Section> | undefined;
  readonly extras: ReadonlySet<Extra>;
  readonly controls: ReadonlySet<Control>;
  /** Values of environments and arguments are shown, which are redacted otherwise. */
  readonly reveals: boolean;
}

export const accessOf = (level: Level): Access => ({
  level,
  sections: undefined,
  extras: new Set(),
  controls: new Set(),
  reveals: false,
});

interface Row {
  readonly levels: readonly Level[];
  readonly section: Section;
  readonly extra?: Extra;
  readonly control?: Control;
}

/** Whether a row of the table is open at all. Whom it may touch, the scope says. */
export function opens({ level, sections, extras, controls }: Access, row: Row): boolean {
  const { section, extra, control } = row;
  if (control !== undefined && controls.has(control)) return true;
  if (sections !== undefined && !sections.has(section)) return false;
  if (extra !== undefined) return extras.has(extra);
  return row.levels.includes(level);
}
