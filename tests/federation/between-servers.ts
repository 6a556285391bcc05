// What clients of several servers do in rooms that they share.
import type { Client } from '../black-box/client.ts';
import type { FederationWorld } from './world.ts';

const V3 = '/_matrix/client/v3';

export async function aRoom(by: Client, more: Record<string, unknown> = {}): Promise<string> {
  const { body } = await by.ok('POST', `${V3}/createRoom`, { preset: 'public_chat', ...more });
  return String(body['room_id']);
}

export const path = (roomId: string, rest: string): string => `${V3}/rooms/${encodeURIComponent(roomId)}/${rest}`;

export const joinPath = (roomId: string, ...via: readonly string[]): string =>
  `${V3}/join/${encodeURIComponent(roomId)}?${via.map((server) => `via=${server}`).join('&')}`;

/** Who is in the room as a server sees it. */
export async function members(client: Client, roomId: string): Promise<Record<string, string>> {
  const { body } = await client.ok('GET', path(roomId, 'members'));
  const chunk = body['chunk'] as { state_key: string; content: { membership: string } }[];
  return Object.fromEntries(chunk.map(({ state_key: user, content }) => [user, content.membership]).toSorted());
}

export async function quiet(world: FederationWorld): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await world.sleep(500);
}
