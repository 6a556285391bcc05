// Rows of the state maps: what one change of a state made new, packed.
import type { Sql } from '../../ports/sql.ts';
import { DamagedMapError, type NodeStore } from '../../state/map/node-store.ts';

export class NodeRows implements NodeStore {
  readonly #sql: Sql;
  readonly #owner: number;
  #last: number | undefined;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  read(row: number): Uint8Array {
    const found = this.#sql.first<{ nodes: Uint8Array }>(
      'SELECT nodes FROM room_nodes WHERE owner = ? AND id = ?',
      this.#owner,
      row,
    );
    if (found === undefined) throw new DamagedMapError(`row ${row} is missing`);
    return found.nodes;
  }

  append(bytes: Uint8Array): number {
    this.#last ??=
      this.#sql.first<{ id: number | null }>('SELECT max(id) AS id FROM room_nodes WHERE owner = ?', this.#owner)?.id ??
      0;
    this.#last += 1;
    this.#sql.run('INSERT INTO room_nodes (owner, id, nodes) VALUES (?, ?, ?)', this.#owner, this.#last, bytes);
    return this.#last;
  }

  /** Forgets the number of a row that was undone. */
  forget(): void {
    this.#last = undefined;
  }
}
