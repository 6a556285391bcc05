// m.room.power_levels: nobody gives, takes or needs more than they have (rule 9 of versions 6 to 11, else 10).
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules, https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
import type { RoomVersion } from '../../events/room-version.ts';
import { isUserId } from '../../spec/identifiers/user-id.ts';
import { isObject, member } from '../../spec/json.ts';
import type { Json, JsonObject } from '../../spec/json.ts';
import { readLevel } from '../level.ts';
import type { Situation } from '../situation.ts';
import type { Outcome } from '../verdict.ts';

const NAMES = ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite'] as const;
const NOTHING: JsonObject = {};

export function powerLevels(situation: Situation): Outcome {
  const { event, version, state } = situation;
  if (event.type !== 'm.room.power_levels') return 'continue';
  const shape = checkShape(event.content, situation);
  if (shape !== 'continue') return shape;
  const current = state.get('m.room.power_levels', '')?.content;
  if (current === undefined) return 'allow';
  const change = checkNames(current, event.content, situation);
  if (change !== 'continue') return change;
  for (const map of checkedMaps(version)) {
    const entries = checkEntries(mapIn(current, map), mapIn(event.content, map), situation);
    if (entries !== 'continue') return entries;
  }
  const users = checkUsers(mapIn(current, 'users'), mapIn(event.content, 'users'), situation);
  return users === 'continue' ? 'allow' : users;
}

/**
 * Versions 1 to 9 only ask this of `users` by the letter. We ask it of every level there too: a level that cannot be read
 * can be compared with nothing, and once accepted it would stand in the way of every later event.
 */
function checkShape(content: JsonObject, { version, create, powerLevels: current }: Situation): Outcome {
  const isLevel = (value: unknown): boolean => readLevel(value, version) !== undefined;
  for (const name of NAMES) {
    const value = member(content, name);
    if (value !== undefined && !isLevel(value)) return 'power-level-not-a-number';
  }
  for (const map of [...checkedMaps(version), 'users']) {
    const entries = member(content, map);
    if (entries !== undefined && !(isObject(entries) && Object.values(entries).every(isLevel)))
      return 'power-level-not-a-number';
  }
  const userIds = Object.keys(mapIn(content, 'users'));
  if (!userIds.every(isUserId)) return 'power-levels-of-invalid-user-ids';
  if (version.privilegedCreators && create !== undefined && userIds.some((userId) => current.isCreator(userId))) {
    return 'power-levels-name-a-creator';
  }
  return 'continue';
}

function checkNames(current: JsonObject, next: JsonObject, { version, senderLevel }: Situation): Outcome {
  for (const name of NAMES) {
    const outcome = checkChange(
      readLevel(member(current, name), version),
      readLevel(member(next, name), version),
      senderLevel,
    );
    if (outcome !== 'continue') return outcome;
  }
  return 'continue';
}

function checkEntries(current: JsonObject, next: JsonObject, { version, senderLevel }: Situation): Outcome {
  for (const key of keysOf(current, next)) {
    const outcome = checkChange(
      readLevel(member(current, key), version),
      readLevel(member(next, key), version),
      senderLevel,
    );
    if (outcome !== 'continue') return outcome;
  }
  return 'continue';
}

function checkUsers(current: JsonObject, next: JsonObject, { event, version, senderLevel }: Situation): Outcome {
  for (const userId of keysOf(current, next)) {
    const before = readLevel(member(current, userId), version);
    const after = readLevel(member(next, userId), version);
    if (before === after) continue;
    if (userId !== event.sender && before !== undefined && before >= senderLevel) return 'user-not-below-sender';
    if (after !== undefined && after > senderLevel) return 'new-level-above-sender';
  }
  return 'continue';
}

/** An absent level is neither a current nor a new value: adding is judged by the new one, removing by the current one. */
function checkChange(before: number | undefined, after: number | undefined, senderLevel: number): Outcome {
  if (before === after) return 'continue';
  if (before !== undefined && before > senderLevel) return 'current-level-above-sender';
  if (after !== undefined && after > senderLevel) return 'new-level-above-sender';
  return 'continue';
}

function checkedMaps(version: RoomVersion): readonly string[] {
  return version.notificationLevelsChecked ? ['events', 'notifications'] : ['events'];
}

function mapIn(content: JsonObject, name: string): JsonObject {
  const map: Json | undefined = member(content, name);
  return isObject(map) ? map : NOTHING;
}

function keysOf(current: JsonObject, next: JsonObject): Set<string> {
  return new Set([...Object.keys(current), ...Object.keys(next)]);
}
