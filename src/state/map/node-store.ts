// Where the packed rows of a state map's nodes are kept.

export interface NodeStore {
  /** The bytes of a row that `append` gave. Throws if there is none. */
  read(row: number): Uint8Array;
  /**
   * Keeps bytes (at most `ROW_BYTES_MAX`) and numbers them: from 1 up to `ROW_MAX`, strictly increasing. A number is not
   * used twice; if a transaction that was undone gives its numbers back, `StateMap.forget` must be called before the next read.
   */
  append(bytes: Uint8Array): number;
}

/**
 * The largest row there is. A root's offset is below it, so what is stored depends on it. Far less than storage takes (2 MB
 * on Workers), because one node cannot be had without its whole row: see docs/decisions/0002-state-map.md.
 */
export const ROW_BYTES_MAX = 2 ** 15;

/** The largest row number that a root, a safe integer, has room for. */
export const ROW_MAX = 2 ** 38 - 1;

/** What is read is not a state map's row: the storage is damaged. */
export class DamagedMapError extends Error {
  constructor(what: string) {
    super(`a state map is damaged: ${what}`);
    this.name = 'DamagedMapError';
  }
}
