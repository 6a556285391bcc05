// What a client may put into an event at all, before anything is asked of the room.
// https://spec.matrix.org/v1.19/client-server-api/#sending-events-to-a-room
import type { RoomVersion } from '../../events/room-version.ts';
import type { NewEvent } from '../../ports/contracts/room.ts';
import { badJson, tooLarge } from '../../spec/errors.ts';
import { fitsIdentifier } from '../../spec/identifiers/common-format.ts';
import { isObject, member, type Json, type JsonObject } from '../../spec/json.ts';
import { JSON_DEPTH } from '../../spec/limits.ts';

const LEVELS = ['ban', 'events_default', 'invite', 'kick', 'redact', 'state_default', 'users_default'] as const;
const LEVEL_MAPS = ['events', 'notifications', 'users'] as const;

/** Throws 400 M_BAD_JSON or 413 M_TOO_LARGE. */
export function checkNewEvent(event: NewEvent, version: RoomVersion): void {
  if (!fitsIdentifier(event.type) || !fitsIdentifier(event.stateKey ?? '')) {
    throw tooLarge('The type or the state key is longer than 255 bytes.');
  }
  if (version.strictCanonicalJson) checkIntegers(event.content, 0);
  if (event.type === 'm.room.message' && event.stateKey === undefined) checkMessage(event.content);
  if (event.type === 'm.room.power_levels' && event.stateKey !== undefined) checkPowerLevels(event.content);
}

function checkMessage(content: JsonObject): void {
  for (const name of ['msgtype', 'body'] as const) {
    if (typeof member(content, name) !== 'string') throw badJson(`An m.room.message needs a text ${name}`);
  }
}

/** Levels as strings are refused even in the room versions that read them. */
function checkPowerLevels(content: JsonObject): void {
  for (const name of LEVELS) {
    const level = member(content, name);
    if (level !== undefined && !Number.isSafeInteger(level)) throw badJson(`${name} is not an integer`);
  }
  for (const name of LEVEL_MAPS) {
    const levels = member(content, name);
    if (levels === undefined) continue;
    if (!isObject(levels)) throw badJson(`${name} is not an object`);
    if (!Object.values(levels).every((level) => Number.isSafeInteger(level)))
      throw badJson(`${name} holds a level that is not an integer`);
  }
}

function checkIntegers(value: Json | undefined, depth: number): void {
  if (depth > JSON_DEPTH) throw badJson('The content is nested too deeply');
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw badJson('Numbers in events are integers between -(2^53 - 1) and 2^53 - 1');
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Array.isArray(value) ? value : Object.values(value)) checkIntegers(part, depth + 1);
  }
}
