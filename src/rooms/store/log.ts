// The room's log: one row for each thing that the Users groups are told.
import type { Sql } from '../../ports/sql.ts';

export type LogKind = 'event' | 'state' | 'redaction' | 'purge';
const KINDS: readonly LogKind[] = ['event', 'state', 'redaction', 'purge'];

export interface LogRow {
  readonly roomPos: number;
  readonly kind: LogKind;
  /** The event, for kinds `event` and `redaction`. */
  readonly number: number | undefined;
  /** The current state after the entry. */
  readonly root: number;
}

interface Stored {
  readonly room_pos: number;
  readonly kind: number;
  readonly number: number | null;
  readonly root: number;
  readonly [column: string]: number | null;
}

export class LogStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  append(row: LogRow): void {
    this.#sql.run(
      'INSERT INTO room_log (owner, room_pos, kind, number, root) VALUES (?, ?, ?, ?, ?)',
      this.#owner, row.roomPos, KINDS.indexOf(row.kind), row.number ?? null, row.root,
    );
  }

  /** Entries after `after` up to and including `to`, oldest first. */
  forward(after: number, to: number, limit: number): LogRow[] {
    return this.#sql
      .all<Stored>(
        'SELECT room_pos, kind, number, root FROM room_log WHERE owner = ? AND room_pos > ? AND room_pos <= ? ORDER BY room_pos LIMIT ?',
        this.#owner, after, to, limit,
      )
      .map(fromStored);
  }

  /** Entries after `after` up to and including `to`, newest first. */
  backward(to: number, after: number, limit: number): LogRow[] {
    return this.#sql
      .all<Stored>(
        'SELECT room_pos, kind, number, root FROM room_log WHERE owner = ? AND room_pos <= ? AND room_pos > ? ORDER BY room_pos DESC LIMIT ?',
        this.#owner, to, after, limit,
      )
      .map(fromStored);
  }

  /** The current state as of a position: after the last entry at or before it. Undefined before the first entry. */
  rootAt(roomPos: number): number | undefined {
    const row = this.#sql.first<{ root: number }>(
      'SELECT root FROM room_log WHERE owner = ? AND room_pos <= ? ORDER BY room_pos DESC LIMIT 1',
      this.#owner, roomPos,
    );
    return row?.root;
  }
}

function fromStored(row: Stored): LogRow {
  return { roomPos: row.room_pos, kind: KINDS[row.kind] ?? 'event', number: row.number ?? undefined, root: row.root };
}
