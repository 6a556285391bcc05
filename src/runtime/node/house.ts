// The one place that names the objects and the front: everything that a homeserver on Node is made of.
import { createUser } from '../../api/admin/create-user.ts';
import { makeFront } from '../../api/front.ts';
import { makeRunner } from '../../federation/runner.ts';
import { Home } from '../../home/home.ts';
import { homeSchema } from '../../home/schema.ts';
import { Room } from '../../rooms/room.ts';
import { roomsSchema } from '../../rooms/schema.ts';
import { serversSchema } from '../../servers/schema.ts';
import { Servers } from '../../servers/servers.ts';
import { usersSchema } from '../../users/schema.ts';
import { Users } from '../../users/users.ts';
import type { House } from './homeserver.ts';

export const house: House = {
  kinds: [
    { schema: homeSchema, make: (env) => new Home(env), evictable: false },
    { schema: usersSchema, make: (env) => new Users(env), evictable: false },
    { schema: serversSchema, make: (env) => new Servers(env), evictable: false },
    { schema: roomsSchema, make: (env) => new Room(env), evictable: true },
  ],
  front: makeFront,
  runner: makeRunner,
  createUser,
};
