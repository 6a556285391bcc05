// Rows in memory, counted.
import type { NodeStore } from '../../../src/state/map/node-store.ts';

export class Rows implements NodeStore {
  readonly rows: Uint8Array[] = [];
  readonly asked: Set<number> = new Set();

  read(row: number): Uint8Array {
    this.asked.add(row);
    const bytes = this.rows[row - 1];
    if (!bytes) throw new Error(`there is no row ${row}`);
    return bytes;
  }

  append(bytes: Uint8Array): number {
    return this.rows.push(bytes);
  }
}
