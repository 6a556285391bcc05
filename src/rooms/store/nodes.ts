// Rows of the state maps: what one change of a state made new, packed.
import type { Sql } from '../../ports/sql.ts';

export class NodeStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  read(id: number): Uint8Array | undefined {
    return this.#sql.first<{ nodes: Uint8Array }>('SELECT nodes FROM room_nodes WHERE owner = ? AND id = ?', this.#owner, id)?.nodes;
  }

  write(id: number, nodes: Uint8Array): void {
    this.#sql.run('INSERT INTO room_nodes (owner, id, nodes) VALUES (?, ?, ?)', this.#owner, id, nodes);
  }

  /** The greatest id in use; 0 if there is none. */
  last(): number {
    return this.#sql.first<{ id: number | null }>('SELECT max(id) AS id FROM room_nodes WHERE owner = ?', this.#owner)?.id ?? 0;
  }
}
