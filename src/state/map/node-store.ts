// Where the packed rows of a state map's nodes are kept.

export interface NodeStore {
  /** The bytes of a row that `append` gave. Throws if there is none. */
  read(row: number): Uint8Array;
  /** Keeps bytes (at most `ROW_BYTES_MAX`) and numbers them: from 1 up, strictly increasing, never used twice. */
  append(bytes: Uint8Array): number;
}

/** The largest row there is; a Durable Object's values end at 2 MB. A root's offset is below it. */
export const ROW_BYTES_MAX = 2 ** 20;

/** What is read is not a state map's row: the storage is damaged. */
export class DamagedMapError extends Error {
  constructor(what: string) {
    super(`a state map is damaged: ${what}`);
    this.name = 'DamagedMapError';
  }
}
