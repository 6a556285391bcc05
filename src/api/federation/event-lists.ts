// Answers that hold many events: asked of the room in pages, and written as the texts that they are, so that nobody has to wait
// while a long answer is put together.
import type { RoomContract } from '../../ports/contracts/room.ts';
import { notFound } from '../../spec/errors.ts';
import { breath, type Clock } from '../../ports/clock.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import type { ServerCall } from '../endpoint.ts';

/** Events asked of a room in one call; it holds others up for some 20 ms. */
const AT_ONCE = 500;
/** From so many events on an answer is a long one, of which there are only a few at once: some 2 MB. */
const LONG = 2000;

/** The room of the path. Throws 404 M_NOT_FOUND for what can be no room. */
export function roomOfPath({ env, param }: ServerCall): RoomContract {
  const roomId = param('roomId');
  if (!isRoomId(roomId)) throw notFound('There is no such room here.');
  return env.actors.room(roomId);
}

/**
 * Lists of events, each as JSON text. Those that the room does not give are left out. Throws 429 M_LIMIT_EXCEEDED to who asks
 * for too many long ones at once.
 */
export async function eventLists(
  { env, federation, origin }: ServerCall,
  room: RoomContract,
  ...lists: readonly (readonly string[])[]
): Promise<string[]> {
  const gather = async (): Promise<string[]> => {
    const texts: string[] = [];
    for (const eventIds of lists) texts.push(await eventList(env.clock, room, origin, eventIds));
    return texts;
  };
  const events = lists.reduce((sum, { length }) => sum + length, 0);
  return events > LONG ? federation.longAnswers.run(origin, gather) : gather();
}

async function eventList(
  clock: Clock,
  room: RoomContract,
  server: string,
  eventIds: readonly string[],
): Promise<string> {
  const texts: string[] = [];
  for (let at = 0; at < eventIds.length;) {
    // Where the room is in the same process, an answer of its is no pause.
    if (at > 0) await breath(clock);
    const { pdus, taken } = await room.serving.events(server, eventIds.slice(at, at + AT_ONCE));
    for (const text of pdus) texts.push(text);
    at += Math.max(taken, 1);
  }
  return listOf(texts);
}

export function listOf(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}

/** Events as a transaction, which is how some answers hold them. */
export function transactionOf({ env }: ServerCall, pdus: readonly string[]): string {
  const origin = JSON.stringify(env.settings.serverName);
  return `{"origin":${origin},"origin_server_ts":${env.clock.now()},"pdus":${listOf(pdus)}}`;
}
