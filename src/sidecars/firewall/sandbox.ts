/** What containers that the client makes may be at most, and where they are put. Level `sandboxed` only. */
export interface SandboxSettings {
  /** Value of the label that marks everything the client makes. */
  readonly owner: string;
  /** Name of the network that takes the place of the engine’s default one. Without it containers get none. */
  readonly network: string | undefined;
  /** References that may be pulled and run: `postgres:16`, `postgres:*`, `registry.example.com/team/*`, `*` (Docker Hub). */
  readonly images: readonly string[];
  /**
   * Address of the host on which published ports listen; `gateway`: the host's own address on `network`, which is
   * reached from there and hardly from elsewhere. Without it nothing is published.
   */
  readonly publish: string | undefined;
  /** Containers at once. */
  readonly containers: number;
  /** For each container: bytes, CPUs, processes. */
  readonly memory: number;
  readonly cpus: number;
  readonly pids: number;
}
