// The events of all of a user's rooms since a token, in the order of each room: what /sync was before it told of states.
// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3events
import type { Requester } from '../ports/contracts/requester.ts';
import type { RoomNews } from '../ports/contracts/users-stream.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import { MatrixError } from '../spec/errors.ts';
import type { JsonObject } from '../spec/json.ts';
import { withOwed } from './assembly.ts';
import { joinToken, OWED_MAX, type OwedRoom, splitToken } from './owed.ts';
import { paced } from './paced.ts';

/** Events of one room in one answer; the token says where to go on. */
const OF_A_ROOM = 100;

export interface RoomEvents {
  readonly chunk: readonly JsonObject[];
  readonly end: string;
  /** Whether there are more that need not be waited for. */
  readonly more: boolean;
}

/** Throws 400 M_UNKNOWN for what is no token of a /sync or of /events. */
export async function roomEventsSince(env: FrontEnv, by: Requester, from: string): Promise<RoomEvents> {
  const { stream } = env.actors.users(by.group);
  const { stream: since, owed } = splitToken(from);
  const news = await stream.news(by, { since, fullState: false, includeLeave: false, owed, roomsOnly: true });
  const credit = { left: OWED_MAX };
  const parts = await paced(env.clock, withOwed(news.rooms, owed), (room) =>
    eventsOf(env, by, { room, since, ignored: news.ignoredUsers, credit }),
  );
  const left = parts.flatMap((part) => part.owed ?? []);
  return {
    chunk: parts.flatMap(({ chunk }) => chunk),
    end: joinToken(news.nextBatch, left),
    more: left.length > 0,
  };
}

/** Where the streams of a user's rooms are now. */
export async function endOfEvents(env: FrontEnv, by: Requester): Promise<string> {
  const request = { since: undefined, fullState: false, includeLeave: false, owed: [], roomsOnly: true };
  return (await env.actors.users(by.group).stream.news(by, request)).nextBatch;
}

interface Wanted {
  readonly room: RoomNews;
  readonly since: string;
  readonly ignored: readonly string[];
  /** How many more rooms the answer may leave to the next one. */
  readonly credit: { left: number };
}

interface Part {
  readonly chunk: readonly JsonObject[];
  readonly owed: OwedRoom | undefined;
}

async function eventsOf(env: FrontEnv, by: Requester, { room, since, ignored, credit }: Wanted): Promise<Part> {
  const { roomId, membership, to, moved } = room;
  const { reading } = env.actors.room(roomId);
  if (membership === 'invite')
    return { chunk: (await reading.invite(by).then((invite) => [invite], nothing)) ?? [], owed: undefined };
  if (membership === 'knock' || !moved) return { chunk: [], owed: undefined };
  const chunk: JsonObject[] = [];
  // A room that the user has come into since then is told from where the token was in it, if the user may see that.
  let from = room.after ?? (await env.actors.users(by.group).stream.roomPosition(by, since, roomId)) ?? 0;
  for (;;) {
    const request = { direction: 'f', from, to, limit: OF_A_ROOM, filter: {}, ignored } as const;
    const page = await reading.messages(by, request).catch(nothing);
    chunk.push(...(page?.chunk ?? []));
    if (page?.end === undefined) return { chunk, owed: undefined };
    from = page.end;
    if (credit.left-- > 0)
      return {
        chunk,
        owed: { roomId, epoch: room.epoch, after: from, leftAt: membership === 'join' ? undefined : to },
      };
  }
}

/** For a room that the user has no part in. */
function nothing(error: unknown): undefined {
  if (!(error instanceof MatrixError) || error.status !== 403) throw error;
}
