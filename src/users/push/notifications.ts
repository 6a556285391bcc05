// What a user was notified of, over all rooms, newest first. https://spec.matrix.org/v1.19/client-server-api/#listing-notifications
import type { NotificationsPage, NotificationsRequest } from '../../ports/contracts/users-push.ts';
import type { RoomView } from '../stream/room-view.ts';
import type { UnreadCounts } from './unread.ts';

/** Entries looked at in one room for one page. */
const LOOKED_MAX = 2000;

type Found = NotificationsPage['notifications'][number] & { readonly pos: number };

export function notificationsOf(
  counts: UnreadCounts,
  rooms: readonly RoomView[],
  userId: string,
  { from, limit, onlyHighlights }: NotificationsRequest,
): NotificationsPage {
  const before = (from ?? Number.MAX_SAFE_INTEGER) - 1;
  let found: Found[] = [];
  /** Nothing at or before this position is told on this page: some room was not looked at further. */
  let horizon = 0;
  for (const room of rooms.toSorted((a, b) => b.latest - a.latest)) {
    // One more than asked for shows that there is more.
    const full = found.length > limit ? found.at(-1)!.pos : 0;
    if (room.latest <= full) break;
    let looked = 0;
    const own: Found[] = [];
    for (const { entry, outcome } of counts.notified(room, userId, before)) {
      if (entry.pos <= full || own.length > limit) break;
      if (++looked > LOOKED_MAX) {
        horizon = Math.max(horizon, entry.pos);
        break;
      }
      if (outcome === undefined || (onlyHighlights && outcome.effect !== 'highlight')) continue;
      const read = counts.isRead(room, userId, entry);
      own.push({ pos: entry.pos, roomId: room.roomId, roomPos: entry.roomPos, actions: outcome.actions, read });
    }
    found = [...found, ...own].toSorted((a, b) => b.pos - a.pos).slice(0, limit + 1);
  }
  const told = found.filter(({ pos }) => pos > horizon).slice(0, limit);
  const last = told.at(-1)?.pos;
  const isMore = found.length > told.length && told.length === limit;
  const next = isMore ? last : horizon > 0 ? horizon + 1 : undefined;
  return {
    notifications: told.map(({ roomId, roomPos, actions, read }) => ({ roomId, roomPos, actions, read })),
    next,
  };
}
