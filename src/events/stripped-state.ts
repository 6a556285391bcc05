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

/** A state event with only `content`, `sender`, `state_key` and `type`. */
export function strippedState(pdu: Pdu): JsonObject {
  return { content: pdu.content, sender: pdu.sender, state_key: pdu.stateKey ?? '', type: pdu.type };
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
