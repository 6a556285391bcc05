// The events' rows, found by number or, through 48 bits of the event id that the row confirms, by event id.
import { createHash } from 'node:crypto';
import type { Pdu } from '../../events/pdu.ts';
import { pduOf } from '../../events/read-pdu.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import type { Sql } from '../../ports/sql.ts';
import { isObject } from '../../spec/json.ts';
import type { StoredEvent, Verdict } from '../stored-event.ts';

const VERDICTS: readonly Verdict[] = ['accepted', 'soft-failed', 'rejected'];
/** Added to the number of an outlier's verdict. */
const OUTLIER = 3;
const COLUMNS =
  'number, event_id, json, room_pos, root_before, root_after, verdict, reason, replaces, redacted_by, device_id, txn_id';

interface EventRow {
  readonly number: number;
  readonly event_id: string;
  readonly json: string;
  readonly room_pos: number | null;
  readonly root_before: number;
  readonly root_after: number | null;
  readonly verdict: number;
  readonly reason: string | null;
  readonly replaces: number | null;
  readonly redacted_by: number | null;
  readonly device_id: string | null;
  readonly txn_id: string | null;
  readonly [column: string]: string | number | null;
}

export class EventStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  insert(event: StoredEvent): void {
    this.#sql.run(
      `INSERT INTO room_events
       (owner, number, id_hash, event_id, json, room_pos, root_before, root_after, verdict, reason, replaces, device_id, txn_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      this.#owner,
      event.number,
      shortHash(event.pdu.eventId),
      event.pdu.eventId,
      JSON.stringify(event.pdu.json),
      event.roomPos ?? null,
      event.rootBefore,
      event.rootAfter === event.rootBefore ? null : event.rootAfter,
      VERDICTS.indexOf(event.verdict) + (event.outlier ? OUTLIER : 0),
      event.reason ?? null,
      event.replaces ?? null,
      event.transaction?.deviceId ?? null,
      event.transaction?.id ?? null,
    );
  }

  /** An outlier that was rejected is not any more. */
  acquit(number: number): void {
    this.#sql.run(
      'UPDATE room_events SET verdict = ?, reason = NULL WHERE owner = ? AND number = ?',
      OUTLIER + VERDICTS.indexOf('accepted'),
      this.#owner,
      number,
    );
  }

  /** Deletes some of the outliers that are rejected, or accepted for this reason; answers how many. */
  deleteOutliers(reason: string, limit: number): number {
    return this.#sql.run(
      `DELETE FROM room_events WHERE owner = ?1 AND number IN
       (SELECT number FROM room_events WHERE owner = ?1 AND (verdict = ?2 OR (verdict = ?3 AND reason = ?4)) LIMIT ?5)`,
      this.#owner,
      OUTLIER + VERDICTS.indexOf('rejected'),
      OUTLIER + VERDICTS.indexOf('accepted'),
      reason,
      limit,
    );
  }

  /** Gives an event that is here its place: an outlier whose state became known, or what is soft-failed no longer. */
  place(event: StoredEvent): void {
    this.#sql.run(
      `UPDATE room_events SET json = ?, room_pos = ?, root_before = ?, root_after = ?, verdict = ?, reason = ?, replaces = ?
       WHERE owner = ? AND number = ?`,
      JSON.stringify(event.pdu.json),
      event.roomPos ?? null,
      event.rootBefore,
      event.rootAfter === event.rootBefore ? null : event.rootAfter,
      VERDICTS.indexOf(event.verdict),
      event.reason ?? null,
      event.replaces ?? null,
      this.#owner,
      event.number,
    );
  }

  setRoomPos(number: number, roomPos: number): void {
    this.#sql.run('UPDATE room_events SET room_pos = ? WHERE owner = ? AND number = ?', roomPos, this.#owner, number);
  }

  /** The numbers of those of some events that are here. */
  numbersOf(eventIds: readonly string[]): Map<string, number> {
    const wanted = new Map(eventIds.map((id) => [id, shortHash(id)]));
    // Asked for an order, SQLite would take it from the numbers' index and read the whole room.
    const rows = this.#sql.all<{ number: number; event_id: string }>(
      `SELECT number, event_id FROM room_events WHERE owner = ? AND id_hash IN (SELECT value FROM json_each(?))`,
      this.#owner,
      JSON.stringify([...new Set(wanted.values())]),
    );
    const found = rows.filter((row) => wanted.has(row.event_id)).toSorted((a, b) => a.number - b.number);
    return new Map(found.map((row) => [row.event_id, row.number]));
  }

  /** Puts what a redaction leaves in the place of the event. */
  replaceByRedacted(number: number, pruned: Pdu, redactedBy: number): void {
    this.#sql.run(
      'UPDATE room_events SET json = ?, redacted_by = ? WHERE owner = ? AND number = ?',
      JSON.stringify(pruned.json),
      redactedBy,
      this.#owner,
      number,
    );
  }

  byNumber(number: number, version: RoomVersion): StoredEvent | undefined {
    const row = this.#sql.first<EventRow>(
      `SELECT ${COLUMNS} FROM room_events WHERE owner = ? AND number = ?`,
      this.#owner,
      number,
    );
    return row === undefined ? undefined : this.#read(row, version);
  }

  byNumbers(numbers: readonly number[], version: RoomVersion): StoredEvent[] {
    return this.#sql
      .all<EventRow>(
        `SELECT ${COLUMNS} FROM room_events WHERE owner = ? AND number IN (SELECT value FROM json_each(?)) ORDER BY number`,
        this.#owner,
        JSON.stringify(numbers),
      )
      .map((row) => this.#read(row, version));
  }

  byId(eventId: string, version: RoomVersion): StoredEvent | undefined {
    const rows = this.#sql.all<EventRow>(
      `SELECT ${COLUMNS} FROM room_events WHERE owner = ? AND id_hash = ?`,
      this.#owner,
      shortHash(eventId),
    );
    const row = rows.find((candidate) => candidate.event_id === eventId);
    return row === undefined ? undefined : this.#read(row, version);
  }

  byIds(eventIds: readonly string[], version: RoomVersion): StoredEvent[] {
    const wanted = new Set(eventIds);
    return this.#sql
      .all<EventRow>(
        `SELECT ${COLUMNS} FROM room_events WHERE owner = ? AND id_hash IN (SELECT value FROM json_each(?))`,
        this.#owner,
        JSON.stringify([...wanted].map(shortHash)),
      )
      .filter((row) => wanted.has(row.event_id))
      .map((row) => this.#read(row, version));
  }

  #read(row: EventRow, version: RoomVersion): StoredEvent {
    const json: unknown = JSON.parse(row.json);
    if (!isObject(json)) throw new Error(`event ${row.number} is not an object`);
    return {
      number: row.number,
      pdu: pduOf(json, version, row.event_id),
      roomPos: row.room_pos ?? undefined,
      rootBefore: row.root_before,
      rootAfter: row.root_after ?? row.root_before,
      outlier: row.verdict >= OUTLIER,
      verdict: VERDICTS[row.verdict % OUTLIER] ?? 'rejected',
      reason: row.reason ?? undefined,
      replaces: row.replaces ?? undefined,
      redactedBy: row.redacted_by ?? undefined,
      transaction: row.txn_id === null ? undefined : { deviceId: row.device_id ?? undefined, id: row.txn_id },
    };
  }
}

/** 48 bits of the SHA-256 of a text: enough that its row is nearly always the one, never trusted without looking. */
export function shortHash(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6);
}
