// The stream as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

export interface RoomRow extends Row {
  readonly number: number;
  readonly room_id: string;
  readonly epoch: number;
  readonly applied: number;
  readonly receipt_pos: number;
  readonly receipts_at: number;
}

export interface MembershipRow extends Row {
  readonly room: number;
  readonly user_id: string;
  readonly membership: string;
  readonly pos: number;
  readonly room_pos: number;
  readonly since: number;
  readonly left_at: number;
  readonly stripped: string | null;
  readonly forgotten: number;
  readonly display_name: string | null;
}

interface EntryRow extends Row {
  readonly pos: number;
  readonly room_pos: number;
}

export class StreamRows {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  head(): { readonly epoch: number; readonly reserved: number } | undefined {
    return this.#sql.first<{ epoch: number; reserved: number }>(
      'SELECT epoch, reserved FROM users_stream WHERE owner = ?',
      this.#owner,
    );
  }

  reserve(epoch: number, reserved: number): void {
    this.#sql.run(
      'INSERT INTO users_stream (owner, epoch, reserved) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET reserved = excluded.reserved',
      this.#owner,
      epoch,
      reserved,
    );
  }

  rooms(): readonly RoomRow[] {
    return this.#sql.all<RoomRow>(
      'SELECT number, room_id, epoch, applied, receipt_pos, receipts_at FROM users_rooms WHERE owner = ? ORDER BY number',
      this.#owner,
    );
  }

  insertRoom(number: number, roomId: string, epoch: number): void {
    this.#sql.run(
      'INSERT INTO users_rooms (owner, number, room_id, epoch, applied, receipt_pos, receipts_at) VALUES (?, ?, ?, ?, 0, 0, 0)',
      this.#owner,
      number,
      roomId,
      epoch,
    );
  }

  setApplied(number: number, applied: number): void {
    this.#sql.run('UPDATE users_rooms SET applied = ? WHERE owner = ? AND number = ?', applied, this.#owner, number);
  }

  setReceipts(number: number, receiptPos: number, at: number): void {
    this.#sql.run(
      'UPDATE users_rooms SET receipt_pos = ?, receipts_at = ? WHERE owner = ? AND number = ?',
      receiptPos,
      at,
      this.#owner,
      number,
    );
  }

  /** The room's log is another one, of which everything up to `applied` is taken. */
  beginEpoch(number: number, epoch: number, applied: number, at: number): void {
    this.#sql.run(
      'UPDATE users_rooms SET epoch = ?, applied = ?, receipt_pos = 0, receipts_at = ? WHERE owner = ? AND number = ?',
      epoch,
      applied,
      at,
      this.#owner,
      number,
    );
  }

  /** Deletes the first entries of a room, at most `limit` and up to a position; whether there were any. */
  deleteEntries(room: number, upTo: number, limit: number): boolean {
    return (
      this.#sql.run(
        `DELETE FROM users_room_entries WHERE owner = ?1 AND room = ?2 AND pos IN
         (SELECT pos FROM users_room_entries WHERE owner = ?1 AND room = ?2 AND pos <= ?3 ORDER BY pos LIMIT ?4)`,
        this.#owner,
        room,
        upTo,
        limit,
      ) > 0
    );
  }

  /** Where the newest entry stands that has `kept` entries of its room after it; undefined if there are not so many. */
  posBefore(room: number, kept: number): number | undefined {
    return this.#sql.first<{ pos: number }>(
      'SELECT pos FROM users_room_entries WHERE owner = ? AND room = ? ORDER BY pos DESC LIMIT 1 OFFSET ?',
      this.#owner,
      room,
      kept,
    )?.pos;
  }

  insertEntry(room: number, pos: number, roomPos: number, note: string | null): void {
    this.#sql.run(
      'INSERT INTO users_room_entries (owner, room, pos, room_pos, note) VALUES (?, ?, ?, ?, ?)',
      this.#owner,
      room,
      pos,
      roomPos,
      note,
    );
  }

  /** The last entry of a room at or before a position. */
  entryAt(room: number, pos: number): EntryRow | undefined {
    return this.#sql.first<EntryRow>(
      'SELECT pos, room_pos FROM users_room_entries WHERE owner = ? AND room = ? AND pos <= ? ORDER BY pos DESC LIMIT 1',
      this.#owner,
      room,
      pos,
    );
  }

  memberships(): readonly MembershipRow[] {
    return this.#sql.all<MembershipRow>(
      'SELECT room, user_id, membership, pos, room_pos, since, left_at, stripped, forgotten, display_name FROM users_memberships WHERE owner = ? ORDER BY room, user_id',
      this.#owner,
    );
  }

  putMembership(row: MembershipRow): void {
    this.#sql.run(
      `INSERT INTO users_memberships (owner, room, user_id, membership, pos, room_pos, since, left_at, stripped, forgotten,
        display_name)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET membership = excluded.membership, pos = excluded.pos, room_pos = excluded.room_pos,
       since = excluded.since, left_at = excluded.left_at, stripped = excluded.stripped, forgotten = excluded.forgotten,
       display_name = excluded.display_name`,
      this.#owner,
      row.room,
      row.user_id,
      row.membership,
      row.pos,
      row.room_pos,
      row.since,
      row.left_at,
      row.stripped,
      row.forgotten,
      row.display_name,
    );
  }

  deviceChanges(): readonly { readonly user_id: string; readonly pos: number }[] {
    return this.#sql.all<{ user_id: string; pos: number }>(
      'SELECT user_id, pos FROM users_device_changes WHERE owner = ? ORDER BY user_id',
      this.#owner,
    );
  }

  putDeviceChange(userId: string, pos: number): void {
    this.#sql.run(
      'INSERT INTO users_device_changes (owner, user_id, pos) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET pos = excluded.pos',
      this.#owner,
      userId,
      pos,
    );
  }

  announcements(): readonly string[] {
    return this.#sql
      .all<{ user_id: string }>(
        'SELECT user_id FROM users_announcements WHERE owner = ? ORDER BY user_id LIMIT 1000',
        this.#owner,
      )
      .map((row) => row.user_id);
  }

  addAnnouncement(userId: string): void {
    this.#sql.run(
      'INSERT INTO users_announcements (owner, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
      this.#owner,
      userId,
    );
  }

  endAnnouncement(userId: string): void {
    this.#sql.run('DELETE FROM users_announcements WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }
}
