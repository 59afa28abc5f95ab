/**
 * What the prober can be asked to do where it runs, and what it says about it. One primitive a time, done as the agent
 * would do it; the errno is reported as it is, because the judges of the probes accept only particular refusals.
 */
export type Endpoint = { readonly socket: string } | { readonly host: string; readonly port: number };

export interface Actions {
  /** /proc/self/status, /proc/1/status and the namespaces of this process; `file` is read in place of both, for a control. */
  readonly status: { readonly file?: string };
  /** Parsed /proc/self/mountinfo (proc_pid_mountinfo(5)). */
  readonly mounts: object;
  /** The environment of a process, or of this one. Values never leave, only whether they hold `nonce`. */
  readonly environ: { readonly pid: number | 'self'; readonly nonce: string };
  /** Processes that can be seen, and whether this one may signal them (kill(2) with signal 0). */
  readonly processes: object;
  /** Every unix socket that can be found, with what answers on it. */
  readonly sockets: { readonly folders: readonly string[]; readonly skip?: string };
  /** Every unix socket that is listed or lies below these folders, `/` for all of them; connected to, and nothing is sent. */
  readonly reach: { readonly folders: readonly string[]; readonly skip?: string };
  /**
   * Variables of these names, and tokens of an editor’s server, in the environment of this process or of every one that
   * can be read, and what is at the other end. Values never leave; those that hold `skip` are left out.
   */
  readonly handles: { readonly of: 'self' | 'all'; readonly names: readonly string[]; readonly skip?: string };
  /** Processes of an editor’s server, and all that they have started; `only` and `skip` are looked for in command lines. */
  readonly editors: { readonly only?: string; readonly skip?: string };
  /** TCP sockets that listen in this network namespace (/proc/net/tcp and tcp6). */
  readonly listeners: object;
  /** open(2) of /proc/PID/mem for reading and writing; nothing is read or written. */
  readonly memory: { readonly pids: readonly number[] };
  readonly connect: { readonly to: Endpoint; readonly timeoutMs?: number };
  /** Which of these TCP ports accept a connection. */
  readonly ports: { readonly host: string; readonly from: number; readonly to: number };
  /** One HTTP/1.1 request; the path goes out exactly as given. */
  readonly http: {
    readonly to: Endpoint;
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly timeoutMs?: number;
  };
  /** Bytes on a connection, and the first bytes that come back until it is silent for a moment, closed, or `until` is seen. */
  readonly raw: {
    readonly to: Endpoint;
    readonly bytes: string;
    readonly until?: string;
    /** Sent when the first answer has come, e.g. after an upgrade. */
    readonly next?: string;
    readonly timeoutMs?: number;
  };
  /**
   * Statements sent to a PostgreSQL server in one message. What `login` leaves out comes from the variables that the
   * container's own programs use (PGHOST, PGUSER, PGPASSWORD, PGDATABASE).
   */
  readonly sql: {
    readonly login: {
      readonly host?: string;
      readonly user?: string;
      readonly password?: string;
      readonly database?: string;
    };
    readonly statement: string;
  };
  readonly resolve: { readonly name: string };
  readonly read: { readonly path: string; readonly limit?: number };
  readonly list: { readonly path: string };
  /** open(2) for writing of a file that must exist; the text is appended. */
  readonly append: { readonly path: string; readonly text: string };
  /** open(2) with O_CREAT | O_EXCL. */
  readonly create: { readonly path: string; readonly text: string; readonly mode?: number };
  readonly overwrite: { readonly path: string; readonly text: string };
  readonly unlink: { readonly path: string };
  readonly mkdir: { readonly path: string };
  readonly rmdir: { readonly path: string };
  readonly rename: { readonly path: string; readonly to: string };
  readonly symlink: { readonly path: string; readonly to: string };
  readonly link: { readonly path: string; readonly to: string };
  readonly chmod: { readonly path: string; readonly mode: number };
  readonly chown: { readonly path: string; readonly uid: number; readonly gid: number };
  readonly copy: { readonly path: string; readonly to: string };
  /** access(2) for writing; nothing is opened. */
  readonly writable: { readonly paths: readonly string[] };
  /** open(2) of each for reading, and whether a byte came. */
  readonly openable: { readonly paths: readonly string[] };
  /** Files with the set-user-ID or set-group-ID bit, or device nodes. */
  readonly special: { readonly roots: readonly string[] };
  /** Programs of these names on PATH (and the usual places beside it), with their mode and owner. */
  readonly search: { readonly names: readonly string[]; readonly path?: string };
  readonly run: {
    readonly argv: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    /** Standard input, through a socket as Node has it; without it there is none (/dev/null). */
    readonly input?: string;
    readonly timeoutMs?: number;
  };
  /** bind(2) and listen(2) of a unix socket; `keep` leaves it there and serving. */
  readonly bind: { readonly path: string; readonly keep?: boolean };
  /** Starts a canary: a listener that answers as the real thing does and counts its callers. */
  readonly serve: { readonly at: Endpoint; readonly as: 'engine' | 'ssh-agent' | 'gpg-agent' | 'editor' | 'silent' };
  readonly callers: { readonly at: Endpoint };
  /** Leaves a process behind whose command line holds `name`, until the prober ends. */
  readonly bystander: { readonly name: string; readonly env?: Readonly<Record<string, string>> };
  /** Does nothing but read a folder and connect to each socket whose name starts so, until `spun`. */
  readonly spin: { readonly folder: string; readonly prefix: string };
  readonly spun: object;
  /** Makes sockets of such names one by one; each stays until somebody connects or it is removed. */
  readonly race: {
    readonly folder: string;
    readonly prefix: string;
    readonly count: number;
    readonly timeoutMs: number;
  };
  /** Starts a process that looks, listens and answers as an editor’s server does, from a file in that folder. */
  readonly pretend: { readonly folder: string };
  /** Waits until the path is gone. */
  readonly gone: { readonly path: string; readonly timeoutMs: number };
  /** Limits of the cgroup that this process is in, v1 and v2; `base` is looked at instead, for a control. */
  readonly limits: { readonly base?: string };
}

export type ActionName = keyof Actions;
export type Action<K extends ActionName = ActionName> = { [N in K]: { readonly do: N } & Actions[N] }[K];

export interface ProcessStatus {
  readonly uids: readonly number[];
  readonly groups: readonly number[];
  readonly capabilities: Readonly<Record<'CapInh' | 'CapPrm' | 'CapEff' | 'CapBnd' | 'CapAmb', string>>;
  readonly noNewPrivileges: number;
  readonly seccomp: number;
}

export interface Mount {
  /** The path inside the mounted file system that is seen here. */
  readonly root: string;
  readonly at: string;
  readonly readOnly: boolean;
  readonly type: string;
  readonly source: string;
}

export interface FoundSocket {
  readonly path: string;
  /** `ok`, or the errno of connect(2). */
  readonly connect: string;
  /** What it says by itself, cut. */
  readonly greeting: string;
  /** It answered `GET /_ping` as a container engine does. */
  readonly engine: boolean;
  /** It answered a request for identities as an SSH agent does. */
  readonly sshAgent: boolean;
}

/** A variable that is set, and what its value leads to. */
export interface Handle {
  readonly pid: number;
  readonly name: string;
  readonly leads: 'socket' | 'port' | 'token' | 'file' | 'nothing';
  /** Of a socket or port: `ok`, or the errno of connect(2). */
  readonly code: string;
}

/** One process of an editor’s server. */
export interface EditorProcess {
  readonly pid: number;
  readonly command: string;
  /** It looks like an editor’s server itself; else it was started by one. */
  readonly server: boolean;
  /** Whether its open files could be looked at: `ok`, or the errno. Without that, the next two say nothing. */
  readonly files: string;
  /** Names of the unix sockets that it listens on; `@` starts an abstract one. */
  readonly sockets: readonly string[];
  readonly listeners: readonly Listener[];
  /** Program and scripts that it runs, and folders of code and settings that it was given. */
  readonly programs: readonly string[];
}

export interface Listener {
  readonly host: string;
  readonly port: number;
}

export interface FoundFile {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly kind: 'file' | 'block' | 'character' | 'other';
}

export interface Facts {
  readonly status: {
    readonly self: ProcessStatus;
    /** Of the container's main process; null where process 1 is another's (the host's process namespace). */
    readonly init: ProcessStatus | null;
    readonly namespaces: Readonly<Record<string, string>>;
    readonly home: string;
    readonly environment: Readonly<
      Record<'DOCKER_HOST' | 'XDG_RUNTIME_DIR' | 'TMPDIR' | 'HOME' | 'PATH', string | null>
    >;
  };
  readonly mounts: readonly Mount[];
  readonly environ: readonly { readonly name: string; readonly empty: boolean; readonly nonce: boolean }[];
  readonly processes: readonly {
    readonly pid: number;
    readonly command: string;
    readonly signalable: boolean;
    readonly environ: boolean;
  }[];
  readonly sockets: readonly FoundSocket[];
  readonly reach: {
    readonly tried: number;
    /** Those that accept a connection. */
    readonly open: readonly string[];
    /** False where there was more than could be looked at. */
    readonly whole: boolean;
  };
  readonly handles: { readonly read: number; readonly unread: number; readonly found: readonly Handle[] };
  readonly editors: { readonly seen: number; readonly processes: readonly EditorProcess[] };
  readonly listeners: readonly Listener[];
  /** By process: `ok`, or the errno. */
  readonly memory: Readonly<Record<string, string>>;
  readonly connect: { readonly connected: true };
  readonly ports: readonly number[];
  readonly http: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly raw: { readonly text: string };
  /** `state` is the SQLSTATE of the error that ended it, 00000 if none did (PostgreSQL, appendix A). */
  readonly sql: {
    readonly state: string;
    readonly message: string;
    readonly rows: readonly (readonly string[])[];
  };
  readonly resolve: readonly string[];
  readonly read: { readonly text: string };
  readonly list: readonly string[];
  readonly append: Done;
  readonly create: Done;
  readonly overwrite: Done;
  readonly unlink: Done;
  readonly mkdir: Done;
  readonly rmdir: Done;
  readonly rename: Done;
  readonly symlink: Done;
  readonly link: Done;
  readonly chmod: Done;
  readonly chown: Done;
  readonly copy: Done;
  /** By path: `ok` or the errno. */
  readonly writable: Readonly<Record<string, string>>;
  readonly openable: Readonly<Record<string, string>>;
  readonly special: readonly FoundFile[];
  readonly search: readonly FoundFile[];
  readonly run: {
    readonly exit: number | null;
    readonly stdout: string;
    readonly stderr: string;
    readonly timedOut: boolean;
  };
  readonly bind: Done;
  readonly serve: Done;
  readonly callers: { readonly count: number };
  readonly bystander: { readonly pid: number };
  readonly spin: Done;
  /** How often it has looked, and to how many it got. */
  readonly spun: { readonly rounds: number; readonly connected: number };
  readonly race: {
    readonly made: number;
    /** Of those, to how many somebody connected; the server counts. */
    readonly connected: number;
    /** How many somebody else removed. */
    readonly removed: number;
    /** How many could not be made, by the errno of bind(2). */
    readonly refused: Readonly<Record<string, number>>;
  };
  readonly pretend: { readonly pid: number; readonly socket: string; readonly port: number };
  readonly gone: { readonly gone: boolean; readonly afterMs: number };
  readonly limits: {
    readonly version: 1 | 2;
    /** `max` is no limit; `null`: the file could not be read. Bytes for memory. */
    readonly pids: string | null;
    readonly memory: string | null;
    readonly swap: string | null;
    /** `QUOTA PERIOD` in microseconds, as cpu.max has it. */
    readonly cpu: string | null;
  };
}

interface Done {
  readonly done: true;
}

/** What came of one action. `code` is an errno name, or `timeout`, `lost` (the prober is gone) or `bad-answer`. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly message: string };
