// A user of ours joins a restricted room that we are in, but where nobody of ours may let anybody in: a server whose user may
// signs the join, and it comes to us as any event of the room does.
// https://spec.matrix.org/v1.19/server-server-api/#restricted-rooms
import { roomVersion } from '../events/room-versions.ts';
import type { Requester } from '../ports/contracts/requester.ts';
import type { PduResult } from '../ports/contracts/room-receipt.ts';
import { forbidden, MatrixError } from '../spec/errors.ts';
import type { Federation } from './federation.ts';
import { fill } from './filling.ts';
import { type JoinWish, keysFor, keysOf, submitJoin } from './joining.ts';
import { readGiven } from './ordered-events.ts';
import { receiptOf } from './receipt-of.ts';
import { askForTemplate, completeTemplate, firstThatHelps, Unhelpful } from './remote-template.ts';

/** How long is waited for what the room lacks for judging the join. */
const FILL_MS = 20_000;

/** Throws what the servers say of the user, 502 M_UNKNOWN if nobody answers. */
export async function joinVouched(
  federation: Federation,
  by: Requester,
  roomId: string,
  candidates: readonly string[],
  wish: JoinWish,
): Promise<void> {
  return firstThatHelps(federation, candidates, (server) => joinThrough(federation, server, by, roomId, wish));
}

async function joinThrough(
  federation: Federation,
  server: string,
  by: Requester,
  roomId: string,
  wish: JoinWish,
): Promise<void> {
  const { env } = federation;
  const template = await askForTemplate(federation, server, 'join', roomId, by.userId);
  const version = roomVersion(template.roomVersion);
  if (version === undefined) throw new Unhelpful('the room is of a version that is not known here');
  const drafted = await completeTemplate(federation, by, roomId, 'join', template, wish);
  // We have the state.
  const { signed } = await submitJoin(federation, server, roomId, drafted, { omitMembers: true });
  const [own] = await readGiven(env.clock, [signed], version);
  if (own === undefined) throw new Unhelpful('what it has signed is no event');
  const keys = keysFor([own], await keysOf(federation, [own]));
  const received = await receiptOf(env, roomId).offer(server, [signed], keys);
  const { results, left } = await fill(federation, roomId, received.wants, env.clock.monotonic() + FILL_MS);
  if (left) await env.actors.servers(server).work.offer(roomId);
  demandAccepted(results.get(drafted.eventId) ?? received.results[0]);
}

function demandAccepted(result: PduResult | undefined): void {
  if (result?.outcome === 'accepted') return;
  // It is kept, and judged when what is missing can be had.
  if (result?.outcome === 'staged') throw new MatrixError(502, 'M_UNKNOWN', 'The join was sent, but not judged yet.');
  const why = (result?.reason ?? 'it was not taken').replaceAll('-', ' ');
  throw new Unhelpful(`the join it has signed does not hold: ${why}`, forbidden(`You may not join the room: ${why}.`));
}
