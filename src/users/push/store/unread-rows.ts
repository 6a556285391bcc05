// Read positions, unread counts, notes and the history of rules as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

export interface UnreadRow extends Row {
  readonly pos: number;
  readonly since: number;
  readonly as_of: number;
  readonly voids: number;
  readonly read_all: number;
  readonly reads: string;
  readonly counts: string;
}

export interface NoteRow extends Row {
  readonly pos: number;
  readonly room_pos: number;
  readonly note: string | null;
}

export interface VoidRow extends Row {
  readonly number: number;
  readonly pos: number;
  readonly room_pos: number;
  readonly note: string;
}

export class UnreadRows {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(userId: string, room: number): UnreadRow | undefined {
    return this.#sql.first<UnreadRow>(
      `SELECT pos, since, as_of, voids, read_all, reads, counts FROM users_unread
       WHERE owner = ? AND user_id = ? AND room = ?`,
      this.#owner,
      userId,
      room,
    );
  }

  /** Where in the stream a user's read positions moved last, by room number. */
  moved(userId: string): (readonly [room: number, pos: number])[] {
    return this.#sql
      .all<{ room: number; pos: number }>(
        'SELECT room, pos FROM users_unread WHERE owner = ? AND user_id = ? ORDER BY room',
        this.#owner,
        userId,
      )
      .map(({ room, pos }) => [room, pos] as const);
  }

  put(userId: string, room: number, row: UnreadRow): void {
    this.#sql.run(
      `INSERT INTO users_unread (owner, user_id, room, pos, since, as_of, voids, read_all, reads, counts)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET pos = excluded.pos, since = excluded.since, as_of = excluded.as_of, voids = excluded.voids,
       read_all = excluded.read_all, reads = excluded.reads, counts = excluded.counts`,
      this.#owner,
      userId,
      room,
      row.pos,
      row.since,
      row.as_of,
      row.voids,
      row.read_all,
      row.reads,
      row.counts,
    );
  }

  deleteRoom(room: number): void {
    this.#sql.run('DELETE FROM users_unread WHERE owner = ? AND room = ?', this.#owner, room);
    this.#sql.run('DELETE FROM users_voids WHERE owner = ? AND room = ?', this.#owner, room);
  }

  removeUser(userId: string): void {
    this.#sql.run('DELETE FROM users_unread WHERE owner = ? AND user_id = ?', this.#owner, userId);
    this.#sql.run('DELETE FROM users_push_history WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }

  /** Has a user's counts made anew from what is noted, because other senders are ignored now. */
  recount(userId: string): void {
    this.#sql.run('UPDATE users_unread SET as_of = 0 WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }

  /** Notes of entries after a position of the stream up to another, oldest first. */
  notes(room: number, after: number, to: number, limit: number): NoteRow[] {
    return this.#sql.all<NoteRow>(
      `SELECT pos, room_pos, note FROM users_room_entries WHERE owner = ? AND room = ? AND pos > ? AND pos <= ?
       ORDER BY pos LIMIT ?`,
      this.#owner,
      room,
      after,
      to,
      limit,
    );
  }

  /** Likewise newest first. */
  notesBackward(room: number, after: number, to: number, limit: number): NoteRow[] {
    return this.#sql.all<NoteRow>(
      `SELECT pos, room_pos, note FROM users_room_entries WHERE owner = ? AND room = ? AND pos > ? AND pos <= ?
       ORDER BY pos DESC LIMIT ?`,
      this.#owner,
      room,
      after,
      to,
      limit,
    );
  }

  /** The entry that stands at or before a position of the stream. */
  noteAt(room: number, pos: number): NoteRow | undefined {
    return this.notesBackward(room, 0, pos, 1)[0];
  }

  putNote(room: number, pos: number, note: string): void {
    this.#sql.run(
      'UPDATE users_room_entries SET note = ? WHERE owner = ? AND room = ? AND pos = ?',
      note,
      this.#owner,
      room,
      pos,
    );
  }

  voidsAfter(room: number, number: number): VoidRow[] {
    return this.#sql.all<VoidRow>(
      'SELECT number, pos, room_pos, note FROM users_voids WHERE owner = ? AND room = ? AND number > ? ORDER BY number',
      this.#owner,
      room,
      number,
    );
  }

  deleteVoids(room: number, upTo: number): void {
    this.#sql.run('DELETE FROM users_voids WHERE owner = ? AND room = ? AND number <= ?', this.#owner, room, upTo);
  }

  lastVoid(room: number): number {
    return (
      this.#sql.first<{ last: number | null }>(
        'SELECT MAX(number) AS last FROM users_voids WHERE owner = ? AND room = ?',
        this.#owner,
        room,
      )?.last ?? 0
    );
  }

  insertVoid(room: number, row: VoidRow): void {
    this.#sql.run(
      'INSERT INTO users_voids (owner, room, number, pos, room_pos, note) VALUES (?, ?, ?, ?, ?, ?)',
      this.#owner,
      room,
      row.number,
      row.pos,
      row.room_pos,
      row.note,
    );
  }

  history(userId: string): { readonly until: number; readonly classes: string }[] {
    return this.#sql.all<{ until: number; classes: string }>(
      'SELECT until, classes FROM users_push_history WHERE owner = ? AND user_id = ? ORDER BY until',
      this.#owner,
      userId,
    );
  }

  putHistory(userId: string, until: number, classes: string): void {
    this.#sql.run(
      'INSERT INTO users_push_history (owner, user_id, until, classes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      this.#owner,
      userId,
      until,
      classes,
    );
  }

  forgetHistory(userId: string, upTo: number): void {
    this.#sql.run(
      'DELETE FROM users_push_history WHERE owner = ? AND user_id = ? AND until <= ?',
      this.#owner,
      userId,
      upTo,
    );
  }
}
