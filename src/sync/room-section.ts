// One room of a /sync answer, put together from text that the Room has made.
import type { RoomWindow } from '../ports/contracts/room-window.ts';
import type { Unread, UnreadCount } from '../ports/contracts/users-push.ts';
import type { RoomNews } from '../ports/contracts/users-stream.ts';
import type { JsonObject } from '../spec/json.ts';
import { letsType, type SyncFilter } from './filter.ts';

/** Which member carries the state: as of the timeline's start, or (two spellings) of its end. */
export type StateMember = 'state' | 'state_after' | 'org.matrix.msc4222.state_after';

export interface SectionWish {
  readonly filter: SyncFilter;
  readonly state: StateMember;
  /** The client goes on with a room that is new to it, or that it left and knows an older piece of. */
  readonly anew: boolean;
  /** The room does not know the user any more: there is nothing to show, but the client must hear that it is over. */
  readonly over: boolean;
}

/** The object of a joined or left room as JSON text; undefined if nothing is left to show. */
export function roomSection(
  news: RoomNews,
  window: RoomWindow | undefined,
  { filter, state, anew, over }: SectionWish,
): string | undefined {
  const parts: string[] = [];
  const shown = window && (news.moved || window.timelineCount > 0 || window.stateCount > 0) ? window : undefined;
  if (shown) {
    const limited = shown.limited || (anew && news.membership === 'join');
    parts.push(`"timeline":{"events":${shown.timeline},"limited":${limited},"prev_batch":"p${shown.prevBatch}"}`);
    if (shown.summary !== undefined) parts.push(`"summary":${shown.summary}`);
  }
  const ephemeral = ephemeralEvents(news, window, filter);
  if (ephemeral.length > 0) parts.push(`"ephemeral":{"events":[${ephemeral.join(',')}]}`);
  const data = news.accountData.filter(({ type }) => letsType(filter.roomAccountData, type, news.roomId));
  if (data.length > 0) parts.push(`"account_data":{"events":${JSON.stringify(data)}}`);
  if (news.unread !== undefined) parts.push(...unreadParts(news.unread, filter));
  if (parts.length === 0 && !over) return undefined;
  // `state_after` has to be there even if it is empty: by it a client knows that the server understood.
  if (state !== 'state' || (shown?.stateCount ?? 0) > 0)
    parts.push(`${JSON.stringify(state)}:{"events":${shown?.state ?? '[]'}}`);
  return `{${parts.join(',')}}`;
}

/**
 * The room's counts, with the threads or (if the filter asks) beside them: threads without notifications are left out.
 * https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications
 */
function unreadParts({ main, threads }: Unread, filter: SyncFilter): string[] {
  const text = ({ notifications, highlights }: UnreadCount): string =>
    `{"notification_count":${notifications},"highlight_count":${highlights}}`;
  if (!filter.unreadThreads) {
    if (threads.length === 0) return [`"unread_notifications":${text(main)}`];
    const all = threads.reduce(
      (sum, [, count]) => ({
        notifications: sum.notifications + count.notifications,
        highlights: sum.highlights + count.highlights,
      }),
      main,
    );
    return [`"unread_notifications":${text(all)}`];
  }
  const parts = [`"unread_notifications":${text(main)}`];
  if (threads.length > 0) {
    const byRoot = threads.map(([root, count]) => `${JSON.stringify(root)}:${text(count)}`);
    parts.push(`"unread_thread_notifications":{${byRoot.join(',')}}`);
  }
  return parts;
}

/** The object of a room that the user is invited to or knocks at. */
export function strippedSection(news: RoomNews): string {
  const member = news.membership === 'invite' ? 'invite_state' : 'knock_state';
  const events: readonly JsonObject[] = news.strippedState ?? [];
  return `{"${member}":{"events":${JSON.stringify(events)}}}`;
}

function ephemeralEvents(news: RoomNews, window: RoomWindow | undefined, filter: SyncFilter): string[] {
  if (news.membership !== 'join') return [];
  const events: string[] = [];
  if (news.typing !== undefined && letsType(filter.ephemeral, 'm.typing', news.roomId)) {
    events.push(JSON.stringify({ type: 'm.typing', content: { user_ids: news.typing } }));
  }
  if (window?.receipts !== undefined && letsType(filter.ephemeral, 'm.receipt', news.roomId))
    events.push(`{"type":"m.receipt","content":${window.receipts}}`);
  return events;
}
