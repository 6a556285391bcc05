// https://spec.matrix.org/v1.19/client-server-api/#listing-notifications
import * as v from 'valibot';
import { clientEvent } from '../answers.ts';
import type { NotificationsPage } from '../../ports/contracts/users-push.ts';
import { invalidParam } from '../../spec/errors.ts';
import type { Json, JsonObject } from '../../spec/json.ts';
import type { Endpoint, UserCall } from '../endpoint.ts';

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

export const getNotifications: Endpoint = {
  operationId: 'getNotifications',
  method: 'GET',
  path: '/_matrix/client/v3/notifications',
  auth: 'user',
  rateLimit: 'search',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3notifications',
  answer: v.strictObject({
    next_token: v.optional(v.string()),
    notifications: v.array(
      v.strictObject({
        // No profile_tag: it is a device's rule that has one, and there are only global rules.
        actions: v.array(v.unknown()),
        event: clientEvent,
        read: v.boolean(),
        room_id: v.string(),
        ts: v.number(),
      }),
    ),
  }),
  async handle(call) {
    const { env, by, query } = call;
    const { push } = env.actors.users(by.group);
    const page = await push.notifications(by, {
      from: fromOf(query.get('from')),
      limit: limitOf(query.get('limit')),
      onlyHighlights: query.get('only') === 'highlight',
    });
    const notifications = await withEvents(call, page.notifications);
    return {
      json: { ...(page.next === undefined ? {} : { next_token: `n${page.next}` }), notifications },
    };
  },
};

/** Each with its event; those whose event the user may not see (any more) are left out. */
async function withEvents(
  { env, by }: UserCall,
  notifications: NotificationsPage['notifications'],
): Promise<JsonObject[]> {
  const ignored = await env.actors.users(by.group).stream.ignoredUsers(by);
  const byRoom = Map.groupBy(notifications, ({ roomId }) => roomId);
  const events = new Map<string, JsonObject | undefined>();
  await Promise.all(
    [...byRoom].map(async ([roomId, ofRoom]) => {
      const positions = ofRoom.map(({ roomPos }) => roomPos);
      const shown = await env.actors.room(roomId).reading.eventsAt(by, positions, ignored);
      for (const [index, roomPos] of positions.entries()) events.set(`${roomPos} ${roomId}`, shown[index]);
    }),
  );
  return notifications.flatMap(({ roomId, roomPos, actions, read }) => {
    const event = events.get(`${roomPos} ${roomId}`);
    if (event === undefined) return [];
    const ts: Json | undefined = event['origin_server_ts'];
    return [{ actions, event, read, room_id: roomId, ts }];
  });
}

function fromOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^n\d{1,15}$/.test(text)) throw invalidParam('from is not a token of this endpoint.');
  return Number(text.slice(1));
}

function limitOf(text: string | null): number {
  if (text === null || text === '') return LIMIT_DEFAULT;
  if (!/^\d{1,15}$/.test(text) || Number(text) < 1) throw invalidParam('limit must be a number above 0.');
  return Math.min(Number(text), LIMIT_MAX);
}
