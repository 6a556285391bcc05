// State as somebody outside a room sees it. https://spec.matrix.org/v1.19/client-server-api/#stripped-state
import { isObject, member, type Json, type JsonObject } from '../spec/json.ts';
import type { Pdu } from './pdu.ts';

/** The types that an invite or a knock shows, where the room has them; state key ''. */
export const STRIPPED_STATE_TYPES: readonly string[] = [
  'm.room.create',
  'm.room.name',
  'm.room.avatar',
  'm.room.topic',
  'm.room.join_rules',
  'm.room.canonical_alias',
  'm.room.encryption',
];

/**
 * Whoever invites decides what somebody who never asked is sent, keeps, and is sent again: a room whose every event has 64 KB
 * would weigh half a megabyte in each invite.
 */
const CONTENT_CHARACTERS = 4096;
/** What clients look for, kept before all else. */
const KNOWN = [
  'membership',
  'room_version',
  'type',
  'join_rule',
  'algorithm',
  'name',
  'alias',
  'url',
  'displayname',
  'avatar_url',
  'is_direct',
  'reason',
  'topic',
];

/** A state event with only `content`, `sender`, `state_key` and `type`; of a very long content only what matters. */
export function strippedState(pdu: Pdu): JsonObject {
  return { content: shortened(pdu.content), sender: pdu.sender, state_key: pdu.stateKey ?? '', type: pdu.type };
}

function shortened(content: JsonObject): JsonObject {
  let left = CONTENT_CHARACTERS;
  const sized = Object.entries(content).map(([name, value]) => ({
    name,
    value: value ?? null,
    size: JSON.stringify(name).length + JSON.stringify(value ?? null).length + 2,
  }));
  if (sized.reduce((sum, { size }) => sum + size, 0) <= left) return content;
  const rank = (name: string): number => (KNOWN.includes(name) ? KNOWN.indexOf(name) : KNOWN.length);
  const kept = sized
    .toSorted((a, b) => rank(a.name) - rank(b.name) || a.size - b.size)
    .filter(({ size }) => {
      if (size > left) return false;
      left -= size;
      return true;
    });
  return Object.fromEntries(kept.map(({ name, value }) => [name, value]));
}

/**
 * What another server sent as stripped state, or as a whole event, cut down to what may be shown to clients; undefined if it
 * is neither.
 */
export function readStrippedState(value: Json): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const content = member(value, 'content');
  const sender = member(value, 'sender');
  const stateKey = member(value, 'state_key');
  const type = member(value, 'type');
  const whole =
    isObject(content) && typeof sender === 'string' && typeof stateKey === 'string' && typeof type === 'string';
  return whole ? { content, sender, state_key: stateKey, type } : undefined;
}
