// The room versions of the tests, by where they lie in the order of their numbers.
import type { RoomVersion } from '../../src/events/room-version.ts';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';

export const ALL = ROOM_VERSIONS;

export function from(number: number): readonly RoomVersion[] {
  return ALL.slice(number - 1);
}

export function upTo(number: number): readonly RoomVersion[] {
  return ALL.slice(0, number);
}

export function between(first: number, last: number): readonly RoomVersion[] {
  return ALL.slice(first - 1, last);
}

export function only(number: number): RoomVersion {
  const found = ALL[number - 1];
  if (found === undefined) throw new Error(`no room version ${number}`);
  return found;
}
