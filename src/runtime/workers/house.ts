// The one place that names the objects and the front: everything that a homeserver on Workers is made of.
import { Home } from '../../home/home.ts';
import { homeSchema } from '../../home/schema.ts';
import { makeRunner } from '../../federation/runner.ts';
import { Room } from '../../rooms/room.ts';
import { roomsSchema } from '../../rooms/schema.ts';
import { serversSchema } from '../../servers/schema.ts';
import { Servers } from '../../servers/servers.ts';
import { usersSchema } from '../../users/schema.ts';
import { Users } from '../../users/users.ts';
import { homeMethods, roomMethods, serversMethods, usersMethods } from '../shared/contract-methods.ts';
import type { Kind } from './object-host.ts';

export const homeKind: Kind = {
  schema: homeSchema,
  make: (env) => new Home(env),
  methods: homeMethods,
  disposable: false,
};
export const usersKind: Kind = {
  schema: usersSchema,
  make: (env) => new Users(env),
  methods: usersMethods,
  disposable: false,
};
export const serversKind: Kind = {
  schema: serversSchema,
  make: (env) => new Servers(env),
  methods: serversMethods,
  disposable: true,
  runner: makeRunner,
};
export const roomKind: Kind = {
  schema: roomsSchema,
  make: (env) => new Room(env),
  methods: roomMethods,
  disposable: true,
};
