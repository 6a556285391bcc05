// A /sync answer: Users says which rooms and from where, the Rooms give windows as text, and here they are put together.
// https://spec.matrix.org/v1.19/client-server-api/#syncing
import type { Requester } from '../ports/contracts/requester.ts';
import type { RoomWindow } from '../ports/contracts/room-window.ts';
import type { News, RoomNews } from '../ports/contracts/users-stream.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import { letsRoom, letsType, type SyncFilter } from './filter.ts';
import { joinToken, type OwedRoom, splitToken } from './owed.ts';
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
}

/** A Room that is silent for longer is left out, and told with the next answer. */
const SILENT_MS = 2000;
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
  // A room that is owed is asked again soon, but not as fast as a client can ask.
  const timeoutMs = owed.length === 0 ? request.timeoutMs : Math.min(request.timeoutMs, OWED_AGAIN_MS);
  if (since && !fullState) await waitForNews(env, by, since.stream, timeoutMs, request.gone);
  const { stream } = env.actors.users(by.group);
  const news = await stream.news(by, { since: since?.stream, fullState, includeLeave: filter.includeLeave, owed });
  const rooms = news.rooms.filter((room) => letsRoom(filter, room.roomId));
  const shown = await Promise.all(rooms.map((room) => showRoom(env, request, news, room)));
  return answerText(news, shown, filter);
}

async function showRoom(env: FrontEnv, request: SyncRequest, news: News, room: RoomNews): Promise<Shown> {
  const { roomId, membership } = room;
  if (membership === 'invite' || membership === 'knock') return { section: membership, roomId, text: strippedSection(room), owed: undefined };
  const section = membership === 'join' ? 'join' : 'leave';
  const needed = room.moved || request.fullState || room.receiptsAfter !== undefined;
  const window = needed ? await windowOf(env, request, news, room, membership) : undefined;
  if (needed && !window) return { section, roomId, text: undefined, owed: { roomId, after: room.after } };
  return { section, roomId, text: roomSection(room, window, request.filter, stateMember(request), `p${window?.prevBatch ?? 0}`), owed: undefined };
}

/** Undefined if the Room is silent or fails: the room is owed then. */
async function windowOf(env: FrontEnv, request: SyncRequest, news: News, room: RoomNews, membership: 'join' | 'leave' | 'ban'): Promise<RoomWindow | undefined> {
  const { by, filter, fullState } = request;
  const silence = Promise.withResolvers<undefined>();
  const timer = env.clock.timer(SILENT_MS, () => { silence.resolve(undefined); });
  const window = env.actors.room(room.roomId).reading.window({
    viewer: { userId: by.userId, deviceId: by.deviceId, ignored: news.ignoredUsers },
    membership, after: room.after, to: room.to, fullState, stateAt: request.stateAfter ? 'end' : 'start',
    filter: { timeline: filter.timeline, state: filter.state, eventFields: filter.eventFields, eventFormat: filter.eventFormat },
    knownMembers: [], receiptsAfter: room.receiptsAfter,
  }).catch((error: unknown) => {
    env.log.error('a room could not show itself', { room: room.roomId, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    return undefined;
  });
  try {
    return await Promise.race([window, silence.promise]);
  } finally {
    timer.cancel();
  }
}

function stateMember({ stateAfter }: SyncRequest): StateMember {
  return stateAfter === 'stable' ? 'state_after' : stateAfter === 'unstable' ? 'org.matrix.msc4222.state_after' : 'state';
}

function answerText(news: News, shown: readonly Shown[], filter: SyncFilter): string {
  const owed = shown.flatMap((room) => room.owed ?? []);
  const parts = [`"next_batch":${JSON.stringify(joinToken(news.nextBatch, owed))}`];
  const sections = (['join', 'invite', 'knock', 'leave'] as const).flatMap((section) => {
    const rooms = shown.filter((room) => room.section === section && room.text !== undefined);
    return rooms.length === 0 ? [] : [`"${section}":{${rooms.map(({ roomId, text }) => `${JSON.stringify(roomId)}:${text}`).join(',')}}`];
  });
  if (sections.length > 0) parts.push(`"rooms":{${sections.join(',')}}`);
  const data = news.accountData.filter(({ type }) => letsType(filter.accountData, type));
  if (data.length > 0) parts.push(`"account_data":{"events":${JSON.stringify(data)}}`);
  if (news.toDevice.length > 0) parts.push(`"to_device":{"events":${JSON.stringify(news.toDevice)}}`);
  if (news.devicesChanged.length > 0 || news.devicesLeft.length > 0) {
    parts.push(`"device_lists":${JSON.stringify({ changed: news.devicesChanged, left: news.devicesLeft })}`);
  }
  parts.push(`"device_one_time_keys_count":${JSON.stringify(Object.fromEntries(news.oneTimeKeyCounts))}`);
  // Its presence, be it empty, tells clients that fallback keys are known here.
  parts.push(`"device_unused_fallback_key_types":${JSON.stringify(news.unusedFallbackKeyTypes)}`);
  return `{${parts.join(',')}}`;
}
