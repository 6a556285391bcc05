// Rows in memory. Every read is noted, since on storage every one of them costs.
import type { NodeStore } from '../../src/state/map/node-store.ts';

export class Rows implements NodeStore {
  readonly rows: Uint8Array[] = [];
  /** The row of every read, in order. */
  readonly reads: number[] = [];

  read(row: number): Uint8Array {
    this.reads.push(row);
    const bytes = this.rows[row - 1];
    if (!bytes) throw new Error(`there is no row ${row}`);
    return bytes;
  }

  append(bytes: Uint8Array): number {
    return this.rows.push(bytes);
  }
}
