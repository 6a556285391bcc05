// Where the room stands: one row, read once when the room wakes and written with every change.
import type { Sql } from '../../ports/sql.ts';
import { EMPTY } from '../../state/map/root.ts';

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
  /** Nobody of ours was ever in the room: all that is known of it is what others have told of our users' memberships. */
  readonly outside: boolean;
}

/** The number of the create event. */
export const CREATE = 0;

/** A room of which we have been told something, though nobody of ours was ever in it. */
export function headOutside(version: string, epoch: number): Head {
  return {
    version,
    epoch,
    eventCount: CREATE + 1,
    keyCount: 0,
    roomPos: 0,
    receiptPos: 0,
    root: EMPTY,
    depth: 0,
    extremities: [],
    joined: 0,
    invited: 0,
    outside: true,
  };
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
  readonly outside: number;
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
      `SELECT version, epoch, event_count, key_count, room_pos, receipt_pos, root, depth, extremities, joined, invited, outside
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
      outside: row.outside === 1,
    };
  }

  begin(head: Head): void {
    this.#sql.run(
      `INSERT INTO room_info
       (owner, version, epoch, event_count, key_count, room_pos, receipt_pos, root, depth, extremities, joined, invited, outside)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
      Number(head.outside),
    );
  }

  write(head: Head): void {
    this.#sql.run(
      `UPDATE room_info SET epoch = ?, event_count = ?, key_count = ?, room_pos = ?, receipt_pos = ?, root = ?, depth = ?,
       extremities = ?, joined = ?, invited = ?, outside = ?, version = ? WHERE owner = ?`,
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
      Number(head.outside),
      head.version,
      this.#owner,
    );
  }
}
