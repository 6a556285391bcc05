// Aliases of rooms on other servers. https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1querydirectory
import { notFound } from '../spec/errors.ts';
import { isRoomId } from '../spec/identifiers/room-id.ts';
import { isServerName } from '../spec/identifiers/server-name.ts';
import { serverOf } from '../spec/identifiers/user-id.ts';
import { member } from '../spec/json.ts';
import { targetOf } from './client.ts';
import type { Federation } from './federation.ts';

const SERVERS_MAX = 50;

/** The room, and servers that know it. Throws 404 M_NOT_FOUND if the alias stands for nothing, or nobody can tell. */
export async function askForAlias(
  { client }: Federation,
  alias: string,
): Promise<{ readonly roomId: string; readonly servers: readonly string[] }> {
  const answer = await client.send({
    destination: serverOf(alias),
    method: 'GET',
    target: targetOf(['_matrix', 'federation', 'v1', 'query', 'directory'], [['room_alias', alias]]),
  });
  const roomId = answer.kind === 'ok' ? member(answer.json, 'room_id') : undefined;
  if (typeof roomId !== 'string' || !isRoomId(roomId)) throw notFound('There is no such room alias.');
  const list = answer.kind === 'ok' ? member(answer.json, 'servers') : undefined;
  const servers = Array.isArray(list) ? list : [];
  const names = servers.filter((name) => typeof name === 'string').filter(isServerName);
  return { roomId, servers: names.slice(0, SERVERS_MAX) };
}
