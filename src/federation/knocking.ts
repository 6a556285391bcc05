// A user of ours knocks on a room that nobody of ours is in. https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import type { Requester } from '../ports/contracts/requester.ts';
import { notFound } from '../spec/errors.ts';
import { targetOf } from './client.ts';
import type { Federation } from './federation.ts';
import { listTexts } from './list-texts.ts';
import type { JoinWish } from './joining.ts';
import { askForTemplate, completeTemplate, demand, firstThatHelps } from './remote-template.ts';

const ANSWER_BYTES = 4_000_000;

/** Throws what the servers say of the user, 404 M_NOT_FOUND if there is nobody to ask, 502 M_UNKNOWN if nobody answers. */
export async function knockElsewhere(
  federation: Federation,
  by: Requester,
  roomId: string,
  candidates: readonly string[],
  wish: JoinWish,
): Promise<void> {
  if (candidates.length === 0) throw notFound('There is no such room here, and no server to ask for it.');
  return firstThatHelps(federation, candidates, (server) => knockThrough(federation, server, by, roomId, wish));
}

async function knockThrough(
  federation: Federation,
  server: string,
  by: Requester,
  roomId: string,
  wish: JoinWish,
): Promise<void> {
  const template = await askForTemplate(federation, server, 'knock', roomId, by.userId);
  const drafted = await completeTemplate(federation, by, roomId, 'knock', template, wish);
  const answer = await federation.client.send({
    destination: server,
    method: 'PUT',
    target: targetOf(['_matrix', 'federation', 'v1', 'send_knock', roomId, drafted.eventId]),
    body: drafted.event,
    maxAnswerBytes: ANSWER_BYTES,
  });
  demand(answer);
  const introduction = answer.kind === 'ok' ? listTexts(answer.text, 'knock_room_state') : [];
  await federation.env.actors
    .room(roomId)
    .arrival.knocked(by, { ...drafted, roomVersion: template.roomVersion, introduction });
}
