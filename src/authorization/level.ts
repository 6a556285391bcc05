// One power level as a room version writes it.
// https://spec.matrix.org/v1.19/rooms/v1/#mroompower_levels-events-accept-values-as-strings
import type { RoomVersion } from '../events/room-version.ts';

const STRINGY = /^\s*[+-]?[0-9]+\s*$/;

/**
 * The level that `value` stands for, or undefined when the room version reads no level in it: always an integer from
 * version 10 on; before also a string of decimal digits; and where canonical JSON is not enforced (1 to 5) a float,
 * truncated towards zero, of any size that a double holds.
 */
export function readLevel(value: unknown, version: RoomVersion): number | undefined {
  if (typeof value === 'number') return readNumber(value, version);
  if (typeof value !== 'string' || version.integerPowerLevels || !STRINGY.test(value)) return undefined;
  const level = Number(value);
  return Number.isFinite(level) ? level : undefined;
}

function readNumber(value: number, version: RoomVersion): number | undefined {
  if (version.strictCanonicalJson) return Number.isSafeInteger(value) ? value : undefined;
  return Number.isFinite(value) ? Math.trunc(value) : undefined;
}
