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

/** Entries kept in memory: what a delivery or an incremental /sync asks for is nearly always among the last. */
const TAIL_KEPT = 256;

export class LogStore {
  readonly #sql: Sql;
  readonly #owner: number;
  /** The last entries appended since the room woke, without a hole. */
  #tail: LogRow[] = [];

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  append(row: LogRow): void {
    this.#sql.run(
      'INSERT INTO room_log (owner, room_pos, kind, number, root) VALUES (?, ?, ?, ?, ?)',
      this.#owner,
      row.roomPos,
      KINDS.indexOf(row.kind),
      row.number ?? null,
      row.root,
    );
    this.#tail.push(row);
    if (this.#tail.length >= 2 * TAIL_KEPT) this.#tail = this.#tail.slice(-TAIL_KEPT);
  }

  /** Forgets the entries of a change that was undone. */
  forget(): void {
    this.#tail = [];
  }

  /** Entries after `after` up to and including `to`, oldest first. */
  forward(after: number, to: number, limit: number): LogRow[] {
    const at = this.#indexAfter(after);
    if (at !== undefined) return this.#tail.slice(at, at + Math.min(limit, Math.max(0, to - after)));
    return this.#sql
      .all<Stored>(
        'SELECT room_pos, kind, number, root FROM room_log WHERE owner = ? AND room_pos > ? AND room_pos <= ? ORDER BY room_pos LIMIT ?',
        this.#owner,
        after,
        to,
        limit,
      )
      .map(fromStored);
  }

  /** Entries after `after` up to and including `to`, newest first. */
  backward(to: number, after: number, limit: number): LogRow[] {
    const first = Math.max(after, to - limit);
    const at = this.#indexAfter(first);
    if (at !== undefined) return this.#tail.slice(at, at + Math.max(0, to - first)).reverse();
    return this.#sql
      .all<Stored>(
        `SELECT room_pos, kind, number, root FROM room_log WHERE owner = ? AND room_pos <= ? AND room_pos > ?
         ORDER BY room_pos DESC LIMIT ?`,
        this.#owner,
        to,
        after,
        limit,
      )
      .map(fromStored);
  }

  /** The current state as of a position: after the last entry at or before it. Undefined before the first entry. */
  rootAt(roomPos: number): number | undefined {
    const at = this.#indexAfter(roomPos - 1);
    const known = at === undefined ? undefined : (this.#tail[at] ?? this.#tail.at(-1));
    if (known !== undefined) return known.root;
    const row = this.#sql.first<{ root: number }>(
      'SELECT root FROM room_log WHERE owner = ? AND room_pos <= ? ORDER BY room_pos DESC LIMIT 1',
      this.#owner,
      roomPos,
    );
    return row?.root;
  }

  /** Where in the tail the entry after `roomPos` stands (or would); undefined if the tail does not reach back so far. */
  #indexAfter(roomPos: number): number | undefined {
    const first = this.#tail[0];
    if (first === undefined || roomPos + 1 < first.roomPos) return undefined;
    return Math.min(this.#tail.length, roomPos + 1 - first.roomPos);
  }
}

function fromStored(row: Stored): LogRow {
  return { roomPos: row.room_pos, kind: KINDS[row.kind] ?? 'event', number: row.number ?? undefined, root: row.root };
}
