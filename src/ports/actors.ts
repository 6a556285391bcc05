// The objects by name. A reference costs nothing; the object comes to life with the first call. Calls take and return
// plain JSON-like values (and `Uint8Array`s) below 1 MB; a `MatrixError` thrown by a method arrives as one. A contract's
// methods stand on it or, where it has many, on its parts (`actors.room(id).reading.event(…)`), one level deep.
import type { HomeContract } from './contracts/home.ts';
import type { RoomContract } from './contracts/room.ts';
import type { ServersContract } from './contracts/servers.ts';
import type { UsersContract } from './contracts/users.ts';

export interface Actors {
  home(): HomeContract;
  room(roomId: string): RoomContract;
  users(group: number): UsersContract;
  /** What we keep of another server: the shard that its name belongs to. */
  servers(serverName: string): ServersContract;
  /** A shard by its number, for who does its work. */
  serversShard(shard: number): ServersContract;
  /** Which shard a server belongs to. */
  shardOf(serverName: string): number;
}
