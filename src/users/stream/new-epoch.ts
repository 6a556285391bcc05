// A room that is begun with in the middle of its log: because the log has become another one (restored, purged, joined again), or
// because it is long and nobody of the group was there. What its memberships are at a position is read, and the log from there.
// Positions of the log from before mean nothing then, so every client is told the room as if it were new.
import { breath } from '../../ports/clock.ts';
import type { MembershipEntry } from '../../ports/contracts/room.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { Membership } from './room-view.ts';

export interface NewLog {
  readonly epoch: number;
  readonly applied: number;
  readonly memberships: ReadonlyMap<string, MembershipEntry>;
}

/** Reads a room's memberships at a position of its log, or at its end; rejects if the Room cannot tell. */
export async function readMemberships(env: ObjectEnv, roomId: string, at: number | undefined): Promise<NewLog> {
  const { reading } = env.actors.room(roomId);
  for (;;) {
    const memberships = new Map<string, MembershipEntry>();
    let page = await reading.memberships(at, -1);
    const { epoch, roomPos } = page;
    for (;;) {
      for (const change of page.memberships) memberships.set(change.userId, change);
      if (page.next === undefined) return { epoch, applied: roomPos, memberships };
      // A room in the same process answers at once, and a hundred pages would keep everybody waiting.
      await breath(env.clock);
      page = await reading.memberships(roomPos, page.next);
      // Should it begin another epoch meanwhile, what was read is of no use.
      if (page.epoch !== epoch) break;
    }
  }
}

/** The memberships that are not what they were; the change stands at `pos` in the stream. */
export function membershipsAnew(
  before: ReadonlyMap<string, Membership>,
  log: NewLog,
  pos: number,
  changed: (change: MembershipEntry, before: Membership | undefined, pos: number, roomPos: number) => Membership,
): Membership[] {
  const memberships: Membership[] = [];
  const roomPos = log.applied;
  for (const [userId, change] of log.memberships) {
    const known = before.get(userId);
    if (known?.membership !== change.membership) memberships.push(changed(change, known, pos, roomPos));
    else if (known.membership !== 'join') memberships.push({ ...known, roomPos });
  }
  for (const known of before.values()) {
    if (known.membership === 'leave' || log.memberships.has(known.userId)) continue;
    memberships.push({
      userId: known.userId,
      membership: 'leave',
      pos,
      roomPos: log.applied,
      since: 0,
      leftAt: known.membership === 'join' ? pos : known.leftAt,
      stripped: undefined,
      forgotten: false,
      displayName: undefined,
    });
  }
  // Those that moved come last, so that positions only grow.
  return memberships.toSorted((a, b) => a.pos - b.pos);
}
