// The objects by name, as Durable Objects.
import type { Actors } from '../../ports/actors.ts';
import type { HomeContract } from '../../ports/contracts/home.ts';
import type { RoomContract } from '../../ports/contracts/room.ts';
import type { UsersContract } from '../../ports/contracts/users.ts';
import type { Bindings } from './bindings.ts';
import { homeMethods, roomMethods, usersMethods } from '../shared/contract-methods.ts';
import { objectName } from './object-name.ts';
import { type Caller, referenceTo } from '../shared/reference-to.ts';

export function durableActors(bindings: Bindings, serverName: string, caller: Caller): Actors {
  return {
    home: () => referenceTo<HomeContract>(bindings.HOME, objectName(serverName, ''), homeMethods, caller),
    room: (roomId) => referenceTo<RoomContract>(bindings.ROOM, objectName(serverName, roomId), roomMethods, caller),
    users: (group) =>
      referenceTo<UsersContract>(bindings.USERS, objectName(serverName, String(group)), usersMethods, caller),
  };
}
