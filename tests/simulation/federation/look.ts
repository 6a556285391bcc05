// What a server keeps of a room, read from its databases as they lie on its disk: for the judges, who look behind the front.
import { DatabaseSync } from 'node:sqlite';
import type { Pdu } from '../../../src/events/pdu.ts';
import { pduOf } from '../../../src/events/read-pdu.ts';
import { roomVersion } from '../../../src/events/room-versions.ts';
import type { Remains } from '../../../src/runtime/simulation/making.ts';
import type { JsonObject } from '../../../src/spec/json.ts';

export interface KeptEvent {
  readonly pdu: Pdu;
  readonly verdict: 'accepted' | 'soft-failed' | 'rejected';
  readonly outlier: boolean;
  readonly roomPos: number | undefined;
  readonly redacted: boolean;
  readonly reason: string | undefined;
}

export interface KeptRoom {
  readonly roomId: string;
  readonly version: string;
  readonly extremities: readonly string[];
  readonly events: ReadonlyMap<string, KeptEvent>;
  /** Ids of events that wait to be judged. */
  readonly staged: readonly string[];
}

const VERDICTS = ['accepted', 'soft-failed', 'rejected'] as const;

/** The rooms that a server has, by id. */
export function roomsIn(remains: Remains): Map<string, KeptRoom> {
  const rooms = new Map<string, KeptRoom>();
  for (const [key, image] of remains) {
    const db = new DatabaseSync(':memory:');
    db.deserialize(image);
    if (key.startsWith('rooms:')) read(db, 1, key.slice('rooms:'.length), rooms);
    else if (key === 'machine')
      for (const { owner, name } of db.prepare("SELECT owner, name FROM objects WHERE kind = 'rooms'").all())
        read(db, Number(owner), String(name), rooms);
    db.close();
  }
  return rooms;
}

function read(db: DatabaseSync, owner: number, roomId: string, rooms: Map<string, KeptRoom>): void {
  const info = db.prepare('SELECT version, extremities FROM room_info WHERE owner = ?').get(owner);
  if (!info) return;
  const version = String(info['version']);
  const rows = db
    .prepare(
      'SELECT number, event_id, json, verdict, room_pos, redacted_by, reason FROM room_events WHERE owner = ? ORDER BY number',
    )
    .all(owner);
  const events = new Map<string, KeptEvent>();
  const idOf = new Map<number, string>();
  for (const row of rows) {
    const id = String(row['event_id']);
    idOf.set(Number(row['number']), id);
    const verdict = Number(row['verdict']);
    events.set(id, {
      pdu: pduOf(JSON.parse(String(row['json'])) as JsonObject, roomVersion(version)!, id),
      verdict: VERDICTS[verdict % 3]!,
      outlier: verdict >= 3,
      roomPos: row['room_pos'] === null ? undefined : Number(row['room_pos']),
      redacted: row['redacted_by'] !== null,
      reason: row['reason'] === null ? undefined : String(row['reason']),
    });
  }
  rooms.set(roomId, { roomId, version, events, staged: stagedIn(db, owner), extremities: extremitiesOf(info, idOf) });
}

function extremitiesOf(info: Record<string, unknown>, idOf: ReadonlyMap<number, string>): string[] {
  const text = String(info['extremities']);
  return text === '' ? [] : text.split(',').map((number) => idOf.get(Number(number)) ?? number);
}

function stagedIn(db: DatabaseSync, owner: number): string[] {
  const there = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'room_staged'").get();
  if (!there) return [];
  return db
    .prepare('SELECT event_id FROM room_staged WHERE owner = ? ORDER BY id')
    .all(owner)
    .map((row) => String(row['event_id']));
}
