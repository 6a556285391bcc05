// The room that a path names by its id or by an alias. https://spec.matrix.org/v1.19/client-server-api/#room-aliases
import { askForAlias } from '../federation/directory.ts';
import { invalidParam, notFound } from '../spec/errors.ts';
import { isRoomAlias } from '../spec/identifiers/room-alias.ts';
import { isRoomId } from '../spec/identifiers/room-id.ts';
import { serverOf } from '../spec/identifiers/user-id.ts';
import type { Call } from './endpoint.ts';

/** `servers`: whoever keeps the alias says that they know the room. */
export interface NamedRoom {
  readonly roomId: string;
  readonly servers: readonly string[];
}

/** Throws 400 M_INVALID_PARAM for what is neither, 404 M_NOT_FOUND for an alias that stands for nothing. */
export async function roomOf(call: Call, roomIdOrAlias: string): Promise<NamedRoom> {
  if (isRoomId(roomIdOrAlias)) return { roomId: roomIdOrAlias, servers: [] };
  const server = serverOf(roomIdOrAlias);
  if (!isRoomAlias(roomIdOrAlias) || server === call.env.settings.serverName)
    return { roomId: await roomOfAlias(call, roomIdOrAlias), servers: [] };
  const { roomId, servers } = await askForAlias(call.federation, roomIdOrAlias);
  return { roomId, servers: [...servers, server] };
}

export async function roomOfAlias(call: Call, alias: string): Promise<string> {
  if (!isRoomAlias(alias)) throw invalidParam('This is neither a room id nor a room alias.');
  const isOurs = serverOf(alias) === call.env.settings.serverName;
  const owner = isOurs ? await call.env.actors.home().aliases.get(alias) : undefined;
  if (owner === undefined) throw notFound('There is no such room alias.');
  return owner.roomId;
}
