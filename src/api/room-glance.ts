// A room's state and its newest messages, as they were given out before there was a /sync.
// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidinitialsync
import * as v from 'valibot';
import type { JsonObject } from '../spec/json.ts';
import { clientEvent } from './answers.ts';
import type { UserCall } from './endpoint.ts';
import { roomToken } from './room-token.ts';

export const messagesChunk = v.strictObject({
  start: v.optional(v.string()),
  end: v.string(),
  chunk: v.array(clientEvent),
});

/** Throws 403 M_FORBIDDEN for who may not read the room. */
export async function atAGlance(
  { env, by }: UserCall,
  roomId: string,
  limit: number,
  ignored: readonly string[],
): Promise<{ readonly messages: JsonObject; readonly state: readonly JsonObject[] }> {
  const { reading } = env.actors.room(roomId);
  const state = await reading.state(by);
  const newest = { direction: 'b', from: undefined, to: undefined, filter: {}, limit, ignored } as const;
  const page = await reading.messages(by, newest);
  return {
    messages: {
      ...(page.end === undefined ? {} : { start: roomToken(page.end) }),
      end: roomToken(page.start),
      chunk: page.chunk.toReversed(),
    },
    state,
  };
}
