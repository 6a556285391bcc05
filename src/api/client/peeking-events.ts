// What happens in a room, for who looks into it without joining. https://spec.matrix.org/v1.19/client-server-api/#room-previews
import * as v from 'valibot';
import { clientEvent } from '../answers.ts';
import type { Endpoint, UserCall } from '../endpoint.ts';
import { eventsTimeoutOf } from '../query.ts';
import { positionOf, roomToken } from '../room-token.ts';
import { ownEvents } from './old-sync.ts';

const EVENTS_MAX = 100;
/** Nobody tells who is not in a room that something happened there: so it is looked after so often. */
const LOOK_EVERY_MS = 1000;

export const peekEvents: Endpoint = {
  operationId: 'peekEvents',
  // Without a room it is the stream of all one's own.
  alsoOperationIds: ['getEvents'],
  method: 'GET',
  path: '/_matrix/client/v3/events',
  auth: 'user',
  guests: true,
  // It waits as a sync does, and asks the room every second.
  rateLimit: 'sync',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3events',
  answer: v.strictObject({ start: v.string(), end: v.string(), chunk: v.array(clientEvent) }),
  async handle(call) {
    const { env, by, query, gone } = call;
    const roomId = query.get('room_id');
    if (roomId === null) return { json: await ownEvents(call) };
    const until = env.clock.monotonic() + Math.min(eventsTimeoutOf(query), env.settings.syncTimeoutMs);
    const ignored = await env.actors.users(by.group).stream.ignoredUsers(by);
    const from = (await positionOf(call, roomId, query.get('from'))) ?? (await endOf(call, roomId));
    for (;;) {
      const to = await endOf(call, roomId);
      const page = await env.actors
        .room(roomId)
        .reading.messages(by, { direction: 'f', from, to, limit: EVENTS_MAX, filter: {}, ignored });
      const left = until - env.clock.monotonic();
      if (page.chunk.length > 0 || page.end !== undefined || left <= 0 || gone?.aborted === true) {
        const end = page.end ?? Math.max(from, to);
        return { json: { start: roomToken(from), end: roomToken(end), chunk: page.chunk } };
      }
      await wait(call, Math.min(left, LOOK_EVERY_MS));
      await call.again();
    }
  },
};

/** Where the room ends for the user. Throws 403 M_FORBIDDEN for who may not look into it. */
async function endOf({ env, by }: UserCall, roomId: string): Promise<number> {
  const newest = { direction: 'b', from: undefined, to: undefined, limit: 1, filter: {}, ignored: [] } as const;
  return (await env.actors.room(roomId).reading.messages(by, newest)).start;
}

async function wait({ env, gone }: UserCall, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = env.clock.timer(ms, resolve);
  const leave = (): void => resolve();
  gone?.addEventListener('abort', leave);
  await promise;
  timer.cancel();
  gone?.removeEventListener('abort', leave);
}
