// What /sync has replaced: everything at once, the events after that, and one event by its id alone.
// https://spec.matrix.org/v1.19/client-server-api/#syncing
import * as v from 'valibot';
import { clientEvent } from '../answers.ts';
import type { RoomNews } from '../../ports/contracts/users-stream.ts';
import { MatrixError, notFound } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { paced } from '../../sync/paced.ts';
import { presenceEvents } from '../../sync/presence.ts';
import { endOfEvents, roomEventsSince } from '../../sync/room-events.ts';
import type { Endpoint, UserCall } from '../endpoint.ts';
import { limitOf } from '../page-query.ts';
import { eventsTimeoutOf, flagOf } from '../query.ts';
import { atAGlance, messagesChunk } from '../room-glance.ts';

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;
/** Rooms that are asked for an event before the next ones are. */
const ASKED_AT_ONCE = 50;

const dataEvents = v.array(v.strictObject({ type: v.string(), content: v.looseObject({}) }));

export const initialSync: Endpoint = {
  operationId: 'initialSync',
  method: 'GET',
  path: '/_matrix/client/v3/initialSync',
  auth: 'user',
  // It shows what a first /sync does, and costs as much.
  rateLimit: 'sync',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3initialsync',
  answer: v.strictObject({
    end: v.string(),
    presence: v.array(v.looseObject({ type: v.literal('m.presence') })),
    account_data: dataEvents,
    rooms: v.array(
      v.strictObject({
        room_id: v.string(),
        membership: v.picklist(['join', 'invite', 'leave', 'ban']),
        invite: v.optional(clientEvent),
        messages: v.optional(messagesChunk),
        state: v.optional(v.array(clientEvent)),
        visibility: v.optional(v.picklist(['public', 'private'])),
        account_data: v.optional(dataEvents),
      }),
    ),
  }),
  async handle(call) {
    const { env, by, query } = call;
    const limit = limitOf(query, LIMIT_DEFAULT, LIMIT_MAX);
    const archived = flagOf(query, 'archived');
    const news = await env.actors.users(by.group).stream.news(by, {
      since: undefined,
      fullState: false,
      includeLeave: archived,
      owed: [],
      presence: env.settings.presence ? { set: undefined, hears: true } : undefined,
      roomsOnly: true,
    });
    // The specification has no word for a knock here.
    const rooms = news.rooms.filter(({ membership }) => membership !== 'knock');
    return {
      json: {
        end: news.nextBatch,
        presence: presenceEvents(news.presence, {}),
        account_data: news.accountData,
        rooms: await paced(env.clock, rooms, (room) => roomInfo(call, room, limit, news.ignoredUsers)),
      },
    };
  },
};

async function roomInfo(
  call: UserCall,
  { roomId, membership, accountData }: RoomNews,
  limit: number,
  ignored: readonly string[],
): Promise<JsonObject> {
  const { env, by } = call;
  const room = env.actors.room(roomId);
  const known = { room_id: roomId, membership, account_data: accountData };
  try {
    if (membership === 'invite') return { ...known, invite: await room.reading.invite(by) };
    const { messages, state } = await atAGlance(call, roomId, limit, ignored);
    const visibility = (await room.lifecycle.published()) ? 'public' : 'private';
    return { ...known, messages, state, visibility };
  } catch (error) {
    // Who was never in it, or is no longer what they were a moment ago, is told no more of it.
    if (error instanceof MatrixError && error.status < 500) return known;
    throw error;
  }
}

/** GET /events without a room: the events of all the user's rooms after `from`, which are waited for if there are none. */
export async function ownEvents(call: UserCall): Promise<JsonObject> {
  const { env, by, query, gone } = call;
  const over = Promise.withResolvers<'over'>();
  const timeoutMs = Math.min(eventsTimeoutOf(query), env.settings.syncTimeoutMs);
  const start = query.get('from') || (await endOfEvents(env, by));
  const timer = env.clock.timer(timeoutMs, () => over.resolve('over'));
  const leave = (): void => over.resolve('over');
  gone?.addEventListener('abort', leave);
  let waits = timeoutMs > 0 && gone?.aborted !== true;
  try {
    for (let from = start; ;) {
      const listener = await env.listening.listen(by.group, by.userId);
      try {
        const { chunk, end, more } = await roomEventsSince(env, by, from);
        if (chunk.length > 0 || more || !waits) return { start, end, chunk };
        from = end;
        // Much rings that is no event: a receipt, somebody who types.
        waits = (await Promise.race([listener.rung, over.promise])) !== 'over';
      } finally {
        listener.close();
      }
      await call.again();
    }
  } finally {
    timer.cancel();
    gone?.removeEventListener('abort', leave);
  }
}

export const getOneEvent: Endpoint = {
  operationId: 'getOneEvent',
  method: 'GET',
  path: '/_matrix/client/v3/events/{eventId}',
  auth: 'user',
  // Nothing tells in which room an event is: all of the user's are asked.
  rateLimit: 'search',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3eventseventid',
  answer: clientEvent,
  async handle(call) {
    const { env, by } = call;
    const eventId = call.param('eventId');
    const request = { since: undefined, fullState: false, includeLeave: true, owed: [], roomsOnly: true };
    const { rooms, ignoredUsers } = await env.actors.users(by.group).stream.news(by, request);
    for (let at = 0; at < rooms.length; at += ASKED_AT_ONCE) {
      const some = rooms.slice(at, at + ASKED_AT_ONCE);
      const found = await paced(env.clock, some, ({ roomId }) => eventIn(call, roomId, eventId, ignoredUsers));
      const event = found.find((one) => one !== undefined);
      if (event !== undefined) return { json: event };
    }
    throw notFound('There is no such event in your rooms.');
  },
};

async function eventIn(
  { env, by }: UserCall,
  roomId: string,
  eventId: string,
  ignored: readonly string[],
): Promise<JsonObject | undefined> {
  try {
    return await env.actors.room(roomId).reading.event(by, eventId, ignored);
  } catch (error) {
    if (error instanceof MatrixError && error.status < 500) return undefined;
    throw error;
  }
}
