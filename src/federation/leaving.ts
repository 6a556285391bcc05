// A user of ours rejects an invite to a room that nobody of ours is in, or takes a knock back.
// https://spec.matrix.org/v1.19/server-server-api/#leaving-rooms-rejecting-invites
import type { Requester } from '../ports/contracts/requester.ts';
import { targetOf } from './client.ts';
import type { Federation } from './federation.ts';
import { askForTemplate, completeTemplate, demand, Unhelpful } from './remote-template.ts';

/** Servers that are told; whether they hear of it or not, the user is rid of the invite. */
const TOLD = 2;

/** Throws 403 M_FORBIDDEN if the user is not invited and does not knock. */
export async function leaveElsewhere(
  federation: Federation,
  by: Requester,
  roomId: string,
  candidates: readonly string[],
  reason: string | undefined,
): Promise<void> {
  for (const server of candidates.slice(0, TOLD)) {
    try {
      const template = await askForTemplate(federation, server, 'leave', roomId, by.userId);
      const { eventId, event } = await completeTemplate(federation, by, roomId, 'leave', template, {
        reason,
        content: {},
      });
      const target = targetOf(['_matrix', 'federation', 'v2', 'send_leave', roomId, eventId]);
      demand(await federation.client.send({ destination: server, method: 'PUT', target, body: event }));
      break;
    } catch (error) {
      if (!(error instanceof Unhelpful)) throw error;
      federation.env.log.info('an invite could not be rejected at a server', { server, why: error.message });
    }
  }
  await federation.env.actors.room(roomId).arrival.leave(by);
}
