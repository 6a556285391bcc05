// In which order a server might receive the events of a room.
import type { History } from './history.ts';
import type { SeededRandom } from './seeded-random.ts';

/** One of the orders in which a server may have received the events: each after what it refers to, the create event first. */
export function orderOfReceipt({ order, room }: History, random: SeededRandom): string[] {
  const [create, ...waiting] = order;
  const received = new Set([create!]);
  const isHere = (id: string): boolean => received.has(id) || !room.events.has(id);
  // The branch that is read on is changed now and then, so that some come late as a whole.
  let from = 0;
  while (waiting.length > 0) {
    if (random.chance(0.3)) from = random.below(waiting.length);
    const ready = (id: string): boolean => {
      const { prevEvents, authEvents } = room.events.get(id)!;
      return prevEvents.every(isHere) && authEvents.every(isHere);
    };
    const at = waiting.findIndex((id, index) => index >= from && ready(id));
    received.add(waiting.splice(at < 0 ? waiting.findIndex(ready) : at, 1)[0]!);
  }
  return [...received];
}
