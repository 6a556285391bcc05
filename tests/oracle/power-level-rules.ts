// The authorisation rule on m.room.power_levels, written plainly from the pages of the room versions.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
// https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
import type { Pdu } from '../../src/events/pdu.ts';
import { isUserId } from '../../src/spec/identifiers/user-id.ts';
import { isObject, member, type Json } from '../../src/spec/json.ts';
import { creatorsOf, levelOf, type Levels } from './levels.ts';
import { ruleNumbers } from './rule-numbers.ts';
import { allow, reject, type Room, type Ruling } from './ruling.ts';

const NAMED = ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite'];

/** One level that stands in the old content, in the new, or in both. */
interface Entry {
  readonly name: string;
  readonly old: number | undefined;
  readonly new: number | undefined;
}

export function judgePowerLevels(room: Room, event: Pdu, levels: Levels, create: Pdu): Ruling {
  const number = ruleNumbers(room.version);
  const rule = `${number.powerLevels}`;
  const wrong = faultOfShape(room.version, event, create, rule);
  if (wrong !== undefined) return wrong;

  const previous = levels.powerLevels;
  if (previous === undefined) return allow(`${rule}.${number.firstLevels}`);
  const senderLevel = levels.ofUser(event.sender);
  const first = number.namedLevels;

  for (const entry of alterations(room.version, previous.content, event.content, NAMED)) {
    if (entry.old !== undefined && entry.old > senderLevel) return reject(`${rule}.${first}.1`);
    if (entry.new !== undefined && entry.new > senderLevel) return reject(`${rule}.${first}.2`);
  }
  const properties = Number(room.version) >= 6 ? ['events', 'notifications'] : ['events'];
  for (const property of properties) {
    for (const entry of alterationsOf(room.version, previous, event, property)) {
      if (entry.old !== undefined && entry.old > senderLevel) return reject(`${rule}.${first + 1}.1`);
      if (entry.new !== undefined && entry.new > senderLevel) return reject(`${rule}.${first + 2}.1`);
    }
  }
  for (const entry of alterationsOf(room.version, previous, event, 'users')) {
    if (entry.name !== event.sender && entry.old !== undefined && entry.old >= senderLevel)
      return reject(`${rule}.${first + 3}.1`);
    if (entry.new !== undefined && entry.new > senderLevel) return reject(`${rule}.${first + 4}.1`);
  }
  return allow(`${rule}.${first + 5}`);
}

function faultOfShape(version: string, event: Pdu, create: Pdu, rule: string): Ruling | undefined {
  if (Number(version) >= 10) {
    for (const name of NAMED)
      if (Object.hasOwn(event.content, name) && !isLevel(member(event.content, name), version))
        return reject(`${rule}.1`);
    for (const name of ['events', 'notifications'])
      if (Object.hasOwn(event.content, name) && !isObjectOfLevels(member(event.content, name), version))
        return reject(`${rule}.2`);
  }
  // A content without `users` names nobody, which an empty object would do as well; everybody takes it so.
  if (!Object.hasOwn(event.content, 'users')) return undefined;
  const users = member(event.content, 'users');
  if (!isObjectOfLevels(users, version) || !Object.keys(users as object).every(isUserId))
    return reject(`${rule}.${ruleNumbers(version).users}`);
  if (Number(version) >= 12 && creatorsOf(create).some((creator) => Object.hasOwn(users as object, creator)))
    return reject(`${rule}.4`);
  return undefined;
}

function isObjectOfLevels(value: Json | undefined, version: string): boolean {
  return isObject(value) && Object.values(value).every((level) => isLevel(level, version));
}

function isLevel(value: Json | undefined, version: string): boolean {
  return levelOf(value, version) !== undefined;
}

function alterationsOf(version: string, previous: Pdu, event: Pdu, property: string): Entry[] {
  const before = member(previous.content, property);
  const after = member(event.content, property);
  const names = [...Object.keys(isObject(before) ? before : {}), ...Object.keys(isObject(after) ? after : {})];
  return alterations(version, before, after, new Set(names));
}

/** What was added (no old level), changed or removed (no new level). Two spellings of one level are no change. */
function alterations(
  version: string,
  before: Json | undefined,
  after: Json | undefined,
  names: Iterable<string>,
): Entry[] {
  const level = (content: Json | undefined, name: string): number | undefined =>
    isObject(content) ? levelOf(member(content, name), version) : undefined;
  return [...names]
    .map((name) => ({ name, old: level(before, name), new: level(after, name) }))
    .filter((entry) => entry.old !== entry.new);
}
