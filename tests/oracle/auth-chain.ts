// Auth chains, by walking them. https://spec.matrix.org/v1.19/rooms/v2/#state-resolution
import type { Room } from './ruling.ts';

/** All events reached from `ids` through auth_events, without `ids` themselves unless one reaches another. */
export function authChainOf(room: Room, ids: Iterable<string>): Set<string> {
  const chain = new Set<string>();
  const toWalk = [...ids];
  for (let id = toWalk.pop(); id !== undefined; id = toWalk.pop()) {
    for (const authEvent of room.events.get(id)?.authEvents ?? []) {
      if (chain.has(authEvent) || !room.events.has(authEvent)) continue;
      chain.add(authEvent);
      toWalk.push(authEvent);
    }
  }
  return chain;
}
