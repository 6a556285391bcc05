// A room whose log has become another one (restored, purged, joined again) is read anew: what its memberships are now, and how
// far its log goes. Positions of the log from before mean nothing then, so every client is told the room as if it were new.
import type { MembershipEntry } from '../../ports/contracts/room.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { Membership } from './room-view.ts';

export interface NewLog {
  readonly epoch: number;
  readonly applied: number;
  readonly memberships: ReadonlyMap<string, { readonly change: MembershipEntry; readonly roomPos: number }>;
}

/** Reads a room's log from its beginning; rejects if the Room cannot tell. */
export async function readLog(env: ObjectEnv, roomId: string): Promise<NewLog> {
  const { reading } = env.actors.room(roomId);
  const group = Number(env.name);
  for (;;) {
    const memberships = new Map<string, { change: MembershipEntry; roomPos: number }>();
    let piece = await reading.log(group, 0);
    const { epoch } = piece;
    let applied = 0;
    while (piece.epoch === epoch && piece.entries.length > 0) {
      for (const { roomPos, memberships: changes } of piece.entries) {
        for (const change of changes) memberships.set(change.userId, { change, roomPos });
        applied = roomPos;
      }
      piece = await reading.log(group, applied);
    }
    // Should it begin yet another epoch meanwhile, what was read is of no use.
    if (piece.epoch === epoch) return { epoch, applied, memberships };
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
  for (const [userId, { change, roomPos }] of log.memberships) {
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
