// Where the room stands: one row, read once when the room wakes and written with every change.
import type { Sql } from '../../ports/sql.ts';

/** The end of the room as one immutable value. A change makes a new one, which becomes true when its commit has returned. */
export interface Head {
  readonly version: string;
  readonly epoch: number;
  /** How many events there are: the next event's number. */
  readonly eventCount: number;
  /** How many (type, state_key) pairs have a number. */
  readonly keyCount: number;
  /** The last position of the log. */
  readonly roomPos: number;
  readonly receiptPos: number;
  /** The current state. */
  readonly root: number;
  /** The greatest depth of an accepted event. */
  readonly depth: number;
  /** The numbers of the forward extremities. */
  readonly extremities: readonly number[];
  readonly joined: number;
  readonly invited: number;
}

interface InfoRow {
  readonly version: string;
  readonly epoch: number;
  readonly event_count: number;
  readonly key_count: number;
  readonly room_pos: number;
  readonly receipt_pos: number;
  readonly root: number;
  readonly depth: number;
  readonly extremities: string;
  readonly joined: number;
  readonly invited: number;
  readonly [column: string]: string | number;
}

export class InfoStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** Undefined if the room has not begun here. */
  read(): Head | undefined {
    const row = this.#sql.first<InfoRow>(
      `SELECT version, epoch, event_count, key_count, room_pos, receipt_pos, root, depth, extremities, joined, invited
       FROM room_info WHERE owner = ?`,
      this.#owner,
    );
    if (row === undefined) return undefined;
    return {
      version: row.version,
      epoch: row.epoch,
      eventCount: row.event_count,
      keyCount: row.key_count,
      roomPos: row.room_pos,
      receiptPos: row.receipt_pos,
      root: row.root,
      depth: row.depth,
      extremities: row.extremities
        .split(',')
        .filter((part) => part !== '')
        .map(Number),
      joined: row.joined,
      invited: row.invited,
    };
  }

  begin(head: Head): void {
    this.#sql.run(
      `INSERT INTO room_info
       (owner, version, epoch, event_count, key_count, room_pos, receipt_pos, root, depth, extremities, joined, invited)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      this.#owner,
      head.version,
      head.epoch,
      head.eventCount,
      head.keyCount,
      head.roomPos,
      head.receiptPos,
      head.root,
      head.depth,
      head.extremities.join(','),
      head.joined,
      head.invited,
    );
  }

  write(head: Head): void {
    this.#sql.run(
      `UPDATE room_info SET epoch = ?, event_count = ?, key_count = ?, room_pos = ?, receipt_pos = ?, root = ?, depth = ?,
       extremities = ?, joined = ?, invited = ? WHERE owner = ?`,
      head.epoch,
      head.eventCount,
      head.keyCount,
      head.roomPos,
      head.receiptPos,
      head.root,
      head.depth,
      head.extremities.join(','),
      head.joined,
      head.invited,
      this.#owner,
    );
  }
}
