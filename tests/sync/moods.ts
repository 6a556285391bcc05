// Rooms that one by one fall silent, or fail, when /sync asks them for their part of an answer.
import type { Actors } from '../../src/ports/actors.ts';

/** Rooms that do not answer /sync, or answer with a failure, while a test says so. */
export class Moods {
  readonly silent = new Set<string>();
  readonly failing = new Set<string>();
  asked = 0;

  readonly between = (actors: Actors): Actors => ({
    home: () => actors.home(),
    users: (group) => actors.users(group),
    servers: (name) => actors.servers(name),
    serversShard: (shard) => actors.serversShard(shard),
    shardOf: (name) => actors.shardOf(name),
    room: (roomId) => {
      const room = actors.room(roomId);
      const reading = new Proxy(room.reading, {
        get: (target, name) => {
          if (name === 'window') this.asked++;
          if (name === 'window' && this.silent.has(roomId)) return () => new Promise(() => undefined);
          if (name === 'window' && this.failing.has(roomId)) return () => Promise.reject(new Error('broken'));
          return Reflect.get(target, name);
        },
      });
      return new Proxy(room, { get: (target, name) => (name === 'reading' ? reading : Reflect.get(target, name)) });
    },
  });
}
