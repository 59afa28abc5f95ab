/** `was` is the SHA-256 of the contents planned against; null means that the file must not exist. */
export interface WriteFile {
  readonly kind: 'write';
  /** Relative to the workspace folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly mode: 0o644 | 0o755;
  readonly was: string | null;
}

export interface RemoveFile {
  readonly kind: 'remove';
  readonly path: string;
  readonly was: string;
}

export type Change = WriteFile | RemoveFile;

/** A set of changes that are made all together or not at all. */
export interface Plan {
  readonly title: string;
  readonly changes: readonly Change[];
}
