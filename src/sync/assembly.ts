// A /sync answer: Users says which rooms and from where, the Rooms give windows as text, and here they are put together.
// https://spec.matrix.org/v1.19/client-server-api/#syncing
import type { Requester } from '../ports/contracts/requester.ts';
import type { PresenceState, SyncPresence } from '../ports/contracts/users-presence.ts';
import type { RoomWindow } from '../ports/contracts/room-window.ts';
import type { News, RoomNews } from '../ports/contracts/users-stream.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import { MatrixError } from '../spec/errors.ts';
import { letsRoom, letsType, type SyncFilter } from './filter.ts';
import { joinToken, OWED_MAX, type OwedRoom, splitToken } from './owed.ts';
import { paced } from './paced.ts';
import { hearsPresence, presenceEvents } from './presence.ts';
import { roomSection, type StateMember, strippedSection } from './room-section.ts';
import { waitForNews } from './waiting.ts';

export interface SyncRequest {
  readonly by: Requester;
  readonly since: string | undefined;
  readonly timeoutMs: number;
  readonly fullState: boolean;
  /** `state_after` instead of `state`, under its stable or unstable name. */
  readonly stateAfter: 'stable' | 'unstable' | undefined;
  readonly filter: SyncFilter;
  readonly gone: AbortSignal | undefined;
  /** What the /sync says of its device; undefined if presence is switched off. */
  readonly setPresence: PresenceState | undefined;
}

/** A Room that is silent for longer is left out, and told with the next answer. */
const SILENT_MS = 2000;
/** Who is owed rooms does not wait for other news for longer, and not for less: a Room that fails at once is not asked in a loop. */
const OWED_AGAIN_MS = 1000;

type Section = 'join' | 'invite' | 'knock' | 'leave';

interface Shown {
  readonly section: Section;
  readonly roomId: string;
  readonly text: string | undefined;
  readonly owed: OwedRoom | undefined;
}

export async function assembleSync(env: FrontEnv, request: SyncRequest): Promise<string> {
  const { by, filter, fullState } = request;
  const since = request.since === undefined ? undefined : splitToken(request.since);
  const owed = since?.owed ?? [];
  const timeoutMs = owed.length === 0 ? request.timeoutMs : Math.min(request.timeoutMs, OWED_AGAIN_MS);
  const hears = hearsPresence(filter.presence);
  let presence: SyncPresence | undefined = request.setPresence && { set: request.setPresence, hears };
  if (since && !fullState && timeoutMs > 0) {
    await waitForNews(env, by, since.stream, { timeoutMs, gone: request.gone, presence });
    // It was said when the wait began: meanwhile the user may have said something else.
    presence &&= { set: undefined, hears };
  }
  const { stream } = env.actors.users(by.group);
  const news = await stream.news(by, {
    since: since?.stream,
    fullState,
    includeLeave: filter.includeLeave,
    owed,
    presence,
  });
  const rooms = withOwed(news.rooms, owed).filter((room) => letsRoom(filter, room.roomId));
  const credit = { left: OWED_MAX };
  const shown = await paced(env.clock, rooms, (room) => showRoom(env, request, news, room, credit));
  return answerText(news, shown, filter);
}

async function showRoom(
  env: FrontEnv,
  request: SyncRequest,
  news: News,
  room: RoomNews,
  credit: Credit,
): Promise<Shown> {
  const { roomId, membership } = room;
  if (membership === 'invite' || membership === 'knock')
    return { section: membership, roomId, text: strippedSection(room), owed: undefined };
  const section = membership === 'join' ? 'join' : 'leave';
  const needed = room.moved || request.fullState || room.receiptsAfter !== undefined;
  const window = needed ? await windowOf(env, request, news, { ...room, membership }, credit) : undefined;
  // What comes from Users alone is told although the Room is silent; but counts come with the events that changed them.
  const told = window === 'owed' ? { ...room, unread: undefined } : room;
  const text = roomSection(told, window === 'owed' ? undefined : window, {
    filter: request.filter,
    state: stateMember(request),
    anew: request.since !== undefined && room.after === undefined,
    // What the token alone says of a room is not to be believed.
    over: section === 'leave' && needed && window === undefined && news.rooms.some((one) => one.roomId === roomId),
  });
  return { section, roomId, text, owed: window === 'owed' ? owedOf(room, request.fullState) : undefined };
}

function owedOf({ roomId, epoch, membership, after, to, receiptsAfter }: RoomNews, fullState: boolean): OwedRoom {
  return {
    roomId,
    epoch,
    after: fullState ? undefined : after,
    receiptsAfter,
    leftAt: membership === 'join' ? undefined : to,
  };
}

/** The news together with what former answers left out of them. */
export function withOwed(news: readonly RoomNews[], owed: readonly OwedRoom[]): readonly RoomNews[] {
  if (owed.length === 0) return news;
  const byId = new Map(owed.map((room) => [room.roomId, room]));
  const told = new Set(news.map(({ roomId }) => roomId));
  const left = owed.flatMap(({ roomId, epoch, after, leftAt }): RoomNews[] =>
    leftAt === undefined || told.has(roomId)
      ? []
      : [
          {
            roomId,
            epoch,
            membership: 'leave',
            after,
            to: leftAt,
            moved: true,
            strippedState: undefined,
            accountData: [],
            typing: undefined,
            receiptsAfter: undefined,
            unread: undefined,
          },
        ],
  );
  return [...news.map((room) => ({ ...room, receiptsAfter: receiptsOwed(room, byId.get(room.roomId)) })), ...left];
}

/** Positions of another log mean nothing in this one. */
function receiptsOwed({ epoch, receiptsAfter }: RoomNews, owed: OwedRoom | undefined): RoomNews['receiptsAfter'] {
  if (owed?.receiptsAfter === undefined) return receiptsAfter;
  return owed.epoch === epoch ? owed.receiptsAfter : 'all';
}

/** How many more rooms an answer may leave out. */
interface Credit {
  left: number;
}

type WindowedNews = RoomNews & { readonly membership: 'join' | 'leave' | 'ban' };

/**
 * `owed` if the Room is silent or fails, or its log has become another one of which Users has yet to hear; when no more rooms
 * can be owed, it waits, and rejects with the failure. Undefined for a room that the user has no part in.
 */
async function windowOf(
  env: FrontEnv,
  request: SyncRequest,
  news: News,
  room: WindowedNews,
  credit: Credit,
): Promise<RoomWindow | 'owed' | undefined> {
  const { by, filter, fullState } = request;
  const silence = Promise.withResolvers<'owed'>();
  const owe = (): boolean => credit.left-- > 0;
  const timer = env.clock.timer(SILENT_MS, () => {
    if (owe()) silence.resolve('owed');
  });
  const window = env.actors
    .room(room.roomId)
    .reading.window({
      viewer: { userId: by.userId, deviceId: by.deviceId, ignored: news.ignoredUsers },
      membership: room.membership,
      epoch: room.epoch,
      after: room.after,
      to: room.to,
      fullState,
      stateAt: request.stateAfter ? 'end' : 'start',
      filter: {
        timeline: filter.timeline,
        state: filter.state,
        eventFields: filter.eventFields,
        eventFormat: filter.eventFormat,
      },
      knownMembers: [],
      receiptsAfter: room.receiptsAfter,
    })
    .then((made) => {
      if (made !== undefined || !news.rooms.some(({ roomId }) => roomId === room.roomId)) return made;
      if (owe()) return 'owed' as const;
      throw new Error('the log of a room is another one than the one that is asked for');
    })
    .catch((error: unknown): 'owed' | undefined => {
      if (error instanceof MatrixError && error.status === 403) return undefined;
      env.log.error('a room could not show itself', {
        room: room.roomId,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      if (owe()) return 'owed';
      throw error;
    });
  try {
    return await Promise.race([window, silence.promise]);
  } finally {
    timer.cancel();
  }
}

function stateMember({ stateAfter }: SyncRequest): StateMember {
  return stateAfter === 'stable'
    ? 'state_after'
    : stateAfter === 'unstable'
      ? 'org.matrix.msc4222.state_after'
      : 'state';
}

function answerText(news: News, shown: readonly Shown[], filter: SyncFilter): string {
  const owed = shown.flatMap((room) => room.owed ?? []);
  const parts = [`"next_batch":${JSON.stringify(joinToken(news.nextBatch, owed))}`];
  const sections = (['join', 'invite', 'knock', 'leave'] as const).flatMap((section) => {
    const rooms = shown.filter((room) => room.section === section && room.text !== undefined);
    return rooms.length === 0
      ? []
      : [`"${section}":{${rooms.map(({ roomId, text }) => `${JSON.stringify(roomId)}:${text}`).join(',')}}`];
  });
  if (sections.length > 0) parts.push(`"rooms":{${sections.join(',')}}`);
  const data = news.accountData.filter(({ type }) => letsType(filter.accountData, type));
  if (data.length > 0) parts.push(`"account_data":{"events":${JSON.stringify(data)}}`);
  const present = presenceEvents(news.presence, filter.presence);
  if (present.length > 0) parts.push(`"presence":{"events":${JSON.stringify(present)}}`);
  if (news.toDevice.length > 0) parts.push(`"to_device":{"events":${JSON.stringify(news.toDevice)}}`);
  if (news.devicesChanged.length > 0 || news.devicesLeft.length > 0) {
    parts.push(`"device_lists":${JSON.stringify({ changed: news.devicesChanged, left: news.devicesLeft })}`);
  }
  parts.push(`"device_one_time_keys_count":${JSON.stringify(Object.fromEntries(news.oneTimeKeyCounts))}`);
  // Its presence, be it empty, tells clients that fallback keys are known here.
  parts.push(`"device_unused_fallback_key_types":${JSON.stringify(news.unusedFallbackKeyTypes)}`);
  return `{${parts.join(',')}}`;
}
