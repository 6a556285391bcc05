// The events' rows, found by number or, through 48 bits of the event id that the row confirms, by event id.
import { createHash } from 'node:crypto';
import type { Pdu } from '../../events/pdu.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import type { Sql } from '../../ports/sql.ts';
import { isObject, type JsonObject } from '../../spec/json.ts';
import type { StoredEvent, Verdict } from '../stored-event.ts';

const VERDICTS: readonly Verdict[] = ['accepted', 'soft-failed', 'rejected'];
const COLUMNS = 'number, event_id, json, room_pos, root_before, root_after, verdict, reason, redacted_by, device_id, txn_id';

interface EventRow {
  readonly number: number;
  readonly event_id: string;
  readonly json: string;
  readonly room_pos: number | null;
  readonly root_before: number;
  readonly root_after: number;
  readonly verdict: number;
  readonly reason: string | null;
  readonly redacted_by: number | null;
  readonly device_id: string | null;
  readonly txn_id: string | null;
  readonly [column: string]: string | number | null;
}

export class EventStore {
  readonly #sql: Sql;
  readonly #owner: number;
  readonly #roomId: string;

  constructor(sql: Sql, owner: number, roomId: string) {
    this.#sql = sql;
    this.#owner = owner;
    this.#roomId = roomId;
  }

  insert(event: StoredEvent, json: string): void {
    this.#sql.run(
      `INSERT INTO room_events (owner, number, id_hash, event_id, json, room_pos, root_before, root_after, verdict, reason, redacted_by, device_id, txn_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)`,
      this.#owner, event.number, shortHash(event.pdu.eventId), event.pdu.eventId, json, event.roomPos ?? null, event.rootBefore,
      event.rootAfter, VERDICTS.indexOf(event.verdict), event.reason ?? null, event.transaction?.deviceId ?? null, event.transaction?.id ?? null,
    );
  }

  /** Puts what a redaction leaves in the place of the event. */
  replaceByRedacted(number: number, json: string, redactedBy: number): void {
    this.#sql.run(
      'UPDATE room_events SET json = ?, redacted_by = ? WHERE owner = ? AND number = ?',
      json, redactedBy, this.#owner, number,
    );
  }

  byNumber(number: number, version: RoomVersion): StoredEvent | undefined {
    const row = this.#sql.first<EventRow>(`SELECT ${COLUMNS} FROM room_events WHERE owner = ? AND number = ?`, this.#owner, number);
    return row === undefined ? undefined : this.#read(row, version);
  }

  byNumbers(numbers: readonly number[], version: RoomVersion): StoredEvent[] {
    return this.#sql
      .all<EventRow>(
        `SELECT ${COLUMNS} FROM room_events WHERE owner = ? AND number IN (SELECT value FROM json_each(?)) ORDER BY number`,
        this.#owner, JSON.stringify(numbers),
      )
      .map((row) => this.#read(row, version));
  }

  byId(eventId: string, version: RoomVersion): StoredEvent | undefined {
    const rows = this.#sql.all<EventRow>(
      `SELECT ${COLUMNS} FROM room_events WHERE owner = ? AND id_hash = ? ORDER BY number`,
      this.#owner, shortHash(eventId),
    );
    const row = rows.find((candidate) => candidate.event_id === eventId);
    return row === undefined ? undefined : this.#read(row, version);
  }

  #read(row: EventRow, version: RoomVersion): StoredEvent {
    const json: unknown = JSON.parse(row.json);
    if (!isObject(json)) throw new Error(`event ${row.number} is not an object`);
    return {
      number: row.number,
      pdu: storedPdu(json, row.event_id, this.#roomId, version),
      roomPos: row.room_pos ?? undefined,
      rootBefore: row.root_before,
      rootAfter: row.root_after,
      verdict: VERDICTS[row.verdict] ?? 'rejected',
      reason: row.reason ?? undefined,
      redactedBy: row.redacted_by ?? undefined,
      transaction: row.txn_id === null ? undefined : { deviceId: row.device_id ?? undefined, id: row.txn_id },
    };
  }
}

/** 48 bits of the SHA-256 of a text: enough that its row is nearly always the one, never trusted without looking. */
export function shortHash(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6);
}

/** Reads a PDU that passed the format check when it was stored, so its event id need not be hashed again. */
function storedPdu(json: JsonObject, eventId: string, roomId: string, version: RoomVersion): Pdu {
  const content = isObject(json['content']) ? json['content'] : {};
  const redacts = version.redactsInContent ? content['redacts'] : json['redacts'];
  return {
    eventId,
    roomId,
    type: text(json['type']),
    sender: text(json['sender']),
    stateKey: typeof json['state_key'] === 'string' ? json['state_key'] : undefined,
    content,
    prevEvents: references(json['prev_events']),
    authEvents: references(json['auth_events']),
    depth: integer(json['depth']),
    originServerTs: integer(json['origin_server_ts']),
    redacts: typeof redacts === 'string' ? redacts : undefined,
    json,
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function integer(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** Event ids, or the `[id, hashes]` pairs of room versions 1 and 2. */
function references(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: unknown) => text(Array.isArray(entry) ? entry[0] : entry));
}
