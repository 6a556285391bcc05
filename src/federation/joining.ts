// A user of ours joins a room that nobody of ours is in: the servers that are in it are tried in turn.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import { roomVersion } from '../events/room-versions.ts';
import { withSignaturesOf } from '../events/co-signature.ts';
import type { Requester } from '../ports/contracts/requester.ts';
import type { ServerKeys } from '../ports/contracts/servers-keys.ts';
import { pause } from '../ports/clock.ts';
import { limitExceeded, MatrixError, notFound } from '../spec/errors.ts';
import { isObject, member, type JsonObject } from '../spec/json.ts';
import { targetOf } from './client.ts';
import type { Federation } from './federation.ts';
import { type GivenEvent, ordered, readGiven } from './ordered-events.ts';
import { askForTemplate, completeTemplate, demand, firstThatHelps, Unhelpful } from './remote-template.ts';

/** A state of 50,000 members has about so much. */
const STATE_BYTES = 64_000_000;
const STATE_MS = 60_000;
/** More events than any room's state has, or its auth chain. */
const STATE_LISTS = new Map([
  ['state', 500_000],
  ['auth_chain', 500_000],
]);
/** How long keys of servers are asked for that have signed something of the room. */
const KEYS_MS = 20_000;
/** So many of them at once: many may be down, and each that is takes ten seconds to be given up. */
const SERVERS_AT_ONCE = 100;
/** How long somebody else who brings the room here is waited for. */
const PATIENCE_MS = 60_000;
/** A call carries less than 1 MB. */
const PIECE_CHARACTERS = 400_000;
const PIECE_EVENTS = 500;

export interface JoinWish {
  readonly reason: string | undefined;
  readonly content: JsonObject;
}

/**
 * `resident`: somebody else of ours has come into the room meanwhile, so that no other server need be asked. Throws what the
 * servers say of the user, 404 M_NOT_FOUND if there is nobody to ask, 502 M_UNKNOWN if nobody answers.
 */
export async function joinElsewhere(
  federation: Federation,
  by: Requester,
  roomId: string,
  candidates: readonly string[],
  wish: JoinWish,
): Promise<'joined' | 'resident'> {
  if (candidates.length === 0) throw notFound('There is no such room here, and no server to ask for it.');
  return firstThatHelps(federation, candidates, (server) => joinThrough(federation, server, by, roomId, wish));
}

async function joinThrough(
  federation: Federation,
  server: string,
  by: Requester,
  roomId: string,
  wish: JoinWish,
): Promise<'joined' | 'resident'> {
  const template = await askForTemplate(federation, server, 'join', roomId, by.userId);
  const drafted = await completeTemplate(federation, by, roomId, 'join', template, wish);
  const { arrival } = federation.env.actors.room(roomId);
  const claim = await claimRoom(federation, roomId, template.roomVersion).catch(unhelpfulIfWrong);
  if (claim === undefined) return 'resident';
  try {
    await bring(federation, server, { by, roomId, version: template.roomVersion, claim, ...drafted });
    return 'joined';
  } catch (error) {
    await arrival.abandon(claim).catch(() => undefined);
    return unhelpfulIfWrong(error);
  }
}

/** What the other server has given is not fit for it. */
function unhelpfulIfWrong(error: unknown): never {
  if (error instanceof MatrixError && error.status === 400) throw new Unhelpful(error.message);
  throw error;
}

/** Undefined if somebody of ours is in the room by now. */
async function claimRoom({ env }: Federation, roomId: string, version: string): Promise<number | undefined> {
  const { arrival } = env.actors.room(roomId);
  const until = env.clock.monotonic() + PATIENCE_MS;
  for (;;) {
    const claim = await arrival.claim(version);
    if (claim.kind === 'yours') return claim.claim;
    if (claim.kind === 'resident') return undefined;
    if (env.clock.monotonic() >= until) throw limitExceeded(claim.waitMs);
    await pause(env.clock, claim.waitMs);
  }
}

interface Arriving {
  readonly by: Requester;
  readonly roomId: string;
  readonly version: string;
  readonly claim: number;
  readonly eventId: string;
  readonly event: string;
}

async function bring(federation: Federation, server: string, arriving: Arriving): Promise<void> {
  const { by, roomId, claim, eventId, event } = arriving;
  const version = roomVersion(arriving.version);
  if (version === undefined) throw new Unhelpful('the room is of a version that is not known here');
  const { clock, actors } = federation.env;
  const { lists, signed } = await submitJoin(federation, server, roomId, { eventId, event }, { omitMembers: false });
  const state = await readGiven(clock, lists?.get('state') ?? [], version);
  const inState = new Set(state.map((given) => given.eventId));
  const chain = await readGiven(clock, lists?.get('auth_chain') ?? [], version);
  const events = ordered([...state, ...chain.filter((given) => !inState.has(given.eventId))]);
  const [own] = await readGiven(clock, [signed], version);
  const keys = await keysOf(federation, own === undefined ? events : [own, ...events]);
  for (const piece of pieces(events, inState))
    await actors.room(roomId).arrival.stage(claim, piece.role, piece.texts, keysFor(piece.events, keys));
  await actors
    .room(roomId)
    .arrival.finish(claim, by, { eventId, event: signed, keys: own === undefined ? [] : keysFor([own], keys) });
}

/** The answer's lists of events, and our own event with the signatures that were added. Throws `Unhelpful`. */
export async function submitJoin(
  federation: Federation,
  server: string,
  roomId: string,
  { eventId, event }: { readonly eventId: string; readonly event: string },
  { omitMembers }: { readonly omitMembers: boolean },
): Promise<{ readonly lists: ReadonlyMap<string, readonly string[]> | undefined; readonly signed: string }> {
  const answer = await federation.client.send({
    destination: server,
    method: 'PUT',
    target: targetOf(
      ['_matrix', 'federation', 'v2', 'send_join', roomId, eventId],
      [['omit_members', `${omitMembers}`]],
    ),
    body: event,
    timeoutMs: STATE_MS,
    maxAnswerBytes: STATE_BYTES,
    lists: STATE_LISTS,
  });
  const json = demand(answer);
  return { lists: answer.kind === 'ok' ? answer.lists : undefined, signed: coSigned(event, json) };
}

/** Our own event, with the signatures that the answer adds: nothing else of the event is theirs to say. */
function coSigned(event: string, answer: JsonObject): string {
  const theirs = member(answer, 'event');
  return isObject(theirs) ? withSignaturesOf(event, theirs) : event;
}

/** What is known of the servers that have signed, after asking those that are not known for a while. */
export async function keysOf(
  federation: Federation,
  events: readonly GivenEvent[],
): Promise<ReadonlyMap<string, ServerKeys>> {
  const { keyRing, env } = federation;
  const wanted = new Map<string, { serverName: string; keyIds: Set<string>; at: number }>();
  for (const { serverName, keyIds, at } of events.flatMap((event) => event.wanted)) {
    const known = wanted.get(serverName) ?? { serverName, keyIds: new Set<string>(), at: 0 };
    for (const keyId of keyIds) known.keyIds.add(keyId);
    known.at = Math.max(known.at, at ?? 0);
    wanted.set(serverName, known);
  }
  const found = new Map<string, ServerKeys>();
  wanted.delete(env.settings.serverName);
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = env.clock.timer(KEYS_MS, resolve);
  const left = [...wanted.values()];
  let over = false;
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined && !over; next = left.pop()) {
      const { serverName, keyIds, at } = next;
      const [keys] = await keyRing.gather([{ serverName, keyIds: [...keyIds], at }]);
      if (keys !== undefined) found.set(serverName, keys);
    }
  };
  await Promise.race([Promise.all(Array.from({ length: SERVERS_AT_ONCE }, work)), late]);
  over = true;
  timer.cancel();
  return found;
}

export function keysFor(events: readonly GivenEvent[], keys: ReadonlyMap<string, ServerKeys>): ServerKeys[] {
  const servers = new Set(events.flatMap((event) => event.wanted.map(({ serverName }) => serverName)));
  return [...servers].flatMap((server) => keys.get(server) ?? []);
}

interface Piece {
  readonly role: 'auth-chain' | 'state';
  readonly events: readonly GivenEvent[];
  readonly texts: readonly string[];
}

/** In order, as much at a time as a call carries. */
function* pieces(events: readonly GivenEvent[], inState: ReadonlySet<string>): Generator<Piece> {
  let piece: GivenEvent[] = [];
  let size = 0;
  let role: Piece['role'] = 'auth-chain';
  const made = (): Piece => ({ role, events: piece, texts: piece.map(({ text }) => text) });
  for (const event of events) {
    const itsRole = inState.has(event.eventId) ? 'state' : 'auth-chain';
    if (
      piece.length > 0 &&
      (itsRole !== role || size + event.text.length > PIECE_CHARACTERS || piece.length >= PIECE_EVENTS)
    ) {
      yield made();
      piece = [];
      size = 0;
    }
    role = itsRole;
    piece.push(event);
    size += event.text.length;
  }
  if (piece.length > 0) yield made();
}
