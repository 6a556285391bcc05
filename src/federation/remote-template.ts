// Asking a server that is in a room for the template of our user's event, and submitting the event that was made of it.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import { ROOM_VERSIONS } from '../events/room-versions.ts';
import type { Handshake } from '../ports/contracts/room-handshakes.ts';
import type { Requester } from '../ports/contracts/requester.ts';
import { MatrixError } from '../spec/errors.ts';
import { isObject, member, type JsonObject } from '../spec/json.ts';
import type { FederationAnswer } from './client.ts';
import { targetOf } from './client.ts';
import type { Federation } from './federation.ts';

const TEMPLATE_MS = 10_000;
const TEMPLATE_BYTES = 256_000;

/** What was tried with one server did not work: the next may do better. What the client is told if none does. */
export class Unhelpful extends Error {
  readonly refusal: MatrixError | undefined;

  constructor(message: string, refusal?: MatrixError) {
    super(message);
    this.name = 'Unhelpful';
    this.refusal = refusal;
  }
}

export interface Template {
  readonly roomVersion: string;
  readonly event: JsonObject;
}

/** Throws `Unhelpful`. */
export async function askForTemplate(
  { client }: Federation,
  server: string,
  handshake: Handshake,
  roomId: string,
  userId: string,
): Promise<Template> {
  const versions = handshake === 'leave' ? [] : ROOM_VERSIONS.map(({ id }) => ['ver', id] as const);
  const answer = await client.send({
    destination: server,
    method: 'GET',
    target: targetOf(['_matrix', 'federation', 'v1', `make_${handshake}`, roomId, userId], versions),
    timeoutMs: TEMPLATE_MS,
    maxAnswerBytes: TEMPLATE_BYTES,
  });
  const json = demand(answer);
  const event = member(json, 'event');
  const roomVersion = member(json, 'room_version') ?? '1';
  if (!isObject(event) || typeof roomVersion !== 'string') throw new Unhelpful('the answer holds no template');
  return { roomVersion, event };
}

/** Has `by`'s room make the event of a template. Throws `Unhelpful` for a template that is not fit for it. */
export async function completeTemplate(
  { env }: Federation,
  by: Requester,
  roomId: string,
  handshake: Handshake,
  { roomVersion, event }: Template,
  wish: { readonly reason: string | undefined; readonly content: JsonObject },
): Promise<{ readonly eventId: string; readonly event: string }> {
  try {
    return await env.actors.room(roomId).arrival.draft(by, { handshake, roomVersion, template: event, ...wish });
  } catch (error) {
    if (error instanceof MatrixError && error.status === 400) throw new Unhelpful(error.message);
    throw error;
  }
}

/** The answer's object. Throws `Unhelpful` for a refusal, with what the client may be told of it, and for what is no answer. */
export function demand(answer: FederationAnswer): JsonObject {
  if (answer.kind === 'ok') return answer.json;
  if (answer.kind === 'failed') throw new Unhelpful(answer.message);
  throw new Unhelpful(`it answered ${answer.status} ${answer.errcode ?? ''}`, refusalOf(answer));
}

/** "The error should be passed through to clients", as far as it says something about the room and the user. */
function refusalOf(answer: FederationAnswer & { readonly kind: 'refused' }): MatrixError | undefined {
  const message = answer.message ?? 'The other server refuses.';
  const { errcode, json } = answer;
  if (errcode === 'M_INCOMPATIBLE_ROOM_VERSION') {
    const version = json && member(json, 'room_version');
    return new MatrixError(400, errcode, message, typeof version === 'string' ? { room_version: version } : {});
  }
  if (errcode === 'M_UNABLE_TO_AUTHORISE_JOIN' || errcode === 'M_UNABLE_TO_GRANT_JOIN')
    return new MatrixError(400, errcode, message);
  if (answer.status === 403) return new MatrixError(403, 'M_FORBIDDEN', message);
  if (answer.status === 404 && errcode !== 'M_UNRECOGNIZED') return new MatrixError(404, 'M_NOT_FOUND', message);
  return undefined;
}

/** Tries one server after the other until one helps. Throws what a client is to be told if none does. */
export async function firstThatHelps<T>(
  { env }: Federation,
  candidates: readonly string[],
  attempt: (server: string) => Promise<T>,
): Promise<T> {
  const refusals: (MatrixError | undefined)[] = [];
  for (const server of candidates) {
    try {
      return await attempt(server);
    } catch (error) {
      if (!(error instanceof Unhelpful)) throw error;
      env.log.info('a server did not help a user into a room', { server, why: error.message });
      refusals.push(error.refusal);
    }
  }
  throw finalRefusal(refusals);
}

/** What a client is told when no server could help: what the first of them said about it that matters most. */
function finalRefusal(refusals: readonly (MatrixError | undefined)[]): MatrixError {
  const said = refusals.filter((refusal) => refusal !== undefined);
  const told =
    said.find(({ status }) => status === 403) ?? said.find(({ status }) => status === 400) ?? said.find(() => true);
  return told ?? new MatrixError(502, 'M_UNKNOWN', 'No server that is in the room could be reached.');
}
