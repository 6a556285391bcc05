// The objects by name, as Durable Objects.
import type { Actors } from '../../ports/actors.ts';
import type { HomeContract } from '../../ports/contracts/home.ts';
import type { RoomContract } from '../../ports/contracts/room.ts';
import { type ServersContract, shardOf } from '../../ports/contracts/servers.ts';
import type { UsersContract } from '../../ports/contracts/users.ts';
import type { Bindings } from './bindings.ts';
import { homeMethods, roomMethods, serversMethods, usersMethods } from '../shared/contract-methods.ts';
import { objectName } from './object-name.ts';
import { type Caller, referenceTo } from '../shared/reference-to.ts';

/** How many objects the other servers are spread over. Fixed for ever: what is kept of a server does not move. */
const SHARDS = 16;

export function durableActors(bindings: Bindings, serverName: string, caller: Caller): Actors {
  const shard = (number: number): ServersContract =>
    referenceTo<ServersContract>(bindings.SERVERS, objectName(serverName, String(number)), serversMethods, caller);
  return {
    home: () => referenceTo<HomeContract>(bindings.HOME, objectName(serverName, ''), homeMethods, caller),
    room: (roomId) => referenceTo<RoomContract>(bindings.ROOM, objectName(serverName, roomId), roomMethods, caller),
    users: (group) =>
      referenceTo<UsersContract>(bindings.USERS, objectName(serverName, String(group)), usersMethods, caller),
    servers: (name) => shard(shardOf(name, SHARDS)),
    serversShard: shard,
    shardOf: (name) => shardOf(name, SHARDS),
  };
}
