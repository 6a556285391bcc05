// What a room shows of itself to those who are not in it.
// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3publicrooms
import type { Listing } from '../../ports/contracts/home-directory.ts';
import { isObject, member, type Json, type JsonObject } from '../../spec/json.ts';
import type { RoomData } from '../room-data.ts';
import { historyVisibility } from '../visibility.ts';

export function listingOf(data: RoomData): Listing {
  const { root, joined } = data.head;
  const text = (type: string, name: string): string | undefined => {
    const content = data.stateContent(root, type, '');
    const value = content === undefined ? undefined : member(content, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const roomType = text('m.room.create', 'type');
  const chunk: Record<string, Json | undefined> = {
    room_id: data.roomId,
    num_joined_members: joined,
    world_readable: historyVisibility(data, root) === 'world_readable',
    guest_can_join: text('m.room.guest_access', 'guest_access') === 'can_join',
    // Without the event nobody may join but who is invited.
    join_rule: text('m.room.join_rules', 'join_rule') ?? 'invite',
    name: text('m.room.name', 'name'),
    topic: topicOf(data.stateContent(root, 'm.room.topic', '')),
    avatar_url: text('m.room.avatar', 'url'),
    canonical_alias: text('m.room.canonical_alias', 'alias'),
    room_type: roomType,
  };
  return { joined, roomType, chunk: present(chunk) };
}

/** The plain text of a topic: its `text/plain` representation, or in older events the topic itself. */
function topicOf(content: JsonObject | undefined): string | undefined {
  if (content === undefined) return undefined;
  const block = member(content, 'm.topic');
  const texts = isObject(block) ? member(block, 'm.text') : undefined;
  if (Array.isArray(texts)) {
    const plain = texts.find((part) => isObject(part) && (member(part, 'mimetype') ?? 'text/plain') === 'text/plain');
    const body = isObject(plain) ? member(plain, 'body') : undefined;
    if (typeof body === 'string' && body !== '') return body;
  }
  const topic = member(content, 'topic');
  return typeof topic === 'string' && topic !== '' ? topic : undefined;
}

function present(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const isThere = (entry: [string, Json | undefined]): entry is [string, Json] => entry[1] !== undefined;
  return Object.fromEntries(Object.entries(members).filter(isThere));
}
