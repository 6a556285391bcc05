// The auth chain of events: their auth events, and those events' auth events, recursively.
// https://spec.matrix.org/v1.19/server-server-api/#definitions
import { breath } from '../../ports/clock.ts';
import type { RoomData } from '../room-data.ts';

/** Events read before others have a turn. */
const AT_ONCE = 500;

/** The ids, each once, those of later events first. The events themselves are only in it if another's chain holds them. */
export async function authChainIds(data: RoomData, eventIds: Iterable<string>): Promise<string[]> {
  const chain = new Set<string>();
  let read = 0;
  let front = new Set(eventIds);
  while (front.size > 0) {
    const next = new Set<string>();
    for (const id of front) {
      if (++read % AT_ONCE === 0) await breath(data.env.clock);
      for (const cited of data.byId(id)?.pdu.authEvents ?? []) {
        if (chain.has(cited)) continue;
        chain.add(cited);
        next.add(cited);
      }
    }
    front = next;
  }
  return [...chain];
}
