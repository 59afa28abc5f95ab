/** `was`: SHA-256 of the file when the plan was made, checked again before writing; null if there was none. */
export interface WriteFile {
  readonly kind: 'write';
  /** Relative to the workspace folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** `kept`: the one that the file has. */
  readonly mode: 0o644 | 0o755 | 'kept';
  readonly was: string | null;
}

export interface RemoveFile {
  readonly kind: 'remove';
  readonly path: string;
  readonly was: string;
}

export type Change = WriteFile | RemoveFile;

/** Changes of one command; should one fail, those before it are undone. */
export interface Plan {
  readonly title: string;
  readonly changes: readonly Change[];
}
