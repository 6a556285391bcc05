// A transaction of another server: taken once, split by room, each PDU judged on its own.
// https://spec.matrix.org/v1.19/server-server-api/#transactions
import type { PduResult, Received, Wants } from '../ports/contracts/room-receipt.ts';
import type { PduText } from '../ports/contracts/servers-inbound.ts';
import type { ServerKeys } from '../ports/contracts/servers-keys.ts';
import { pause } from '../ports/clock.ts';
import { limitExceeded, MatrixError } from '../spec/errors.ts';
import { isRoomId } from '../spec/identifiers/room-id.ts';
import { type JsonObject, member } from '../spec/json.ts';
import type { Federation } from './federation.ts';
import { fill, isEmpty } from './filling.ts';
import { idForAnswer } from './id-for-answer.ts';
import { inRuns, receiptOf } from './receipt-of.ts';

/** How long an answer waits for verdicts. What is not judged by then is answered as taken, for it is kept. */
const VERDICTS_MS = 2000;
/** How long whoever repeats a transaction waits for the first one's answer, and how often they look. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 250;

export interface ArrivedPdu {
  readonly text: PduText;
  readonly json: JsonObject | undefined;
}

/** By event id: why a PDU failed, or undefined. Whether it is the last word is the room's affair. */
type Results = Map<string, string | undefined>;

/**
 * Answers the JSON text to answer with: the first one's for a transaction that has come before, whatever it holds now. Each
 * PDU that is answered without an error is durable. Throws 429 M_LIMIT_EXCEEDED to be asked again.
 */
export async function receiveTransaction(
  federation: Federation,
  origin: string,
  transactionId: string,
  pdus: readonly ArrivedPdu[],
): Promise<string> {
  const { env } = federation;
  const { inbound } = env.actors.servers(origin);
  const begun = await beginInTurn(federation, origin, transactionId);
  if (begun.kind === 'answered') return begun.answer;
  try {
    const results = await receive(federation, origin, new Set(begun.behind), pdus);
    const answer = answerOf(results);
    await inbound.finish(origin, transactionId, answer);
    return answer;
  } catch (error) {
    await inbound.abandon(origin, transactionId).catch(() => undefined);
    throw error;
  }
}

async function beginInTurn({ env }: Federation, origin: string, transactionId: string) {
  const { inbound } = env.actors.servers(origin);
  const until = env.clock.monotonic() + PATIENCE_MS;
  for (;;) {
    const begun = await inbound.begin(origin, transactionId);
    if (begun.kind !== 'under-way') return begun;
    if (env.clock.monotonic() >= until) throw limitExceeded(LOOK_MS);
    await pause(env.clock, LOOK_MS);
  }
}

async function receive(
  federation: Federation,
  origin: string,
  behind: ReadonlySet<string>,
  pdus: readonly ArrivedPdu[],
): Promise<Results> {
  const results: Results = new Map();
  const rooms = new Map<string, ArrivedPdu[]>();
  for (const pdu of pdus) {
    const roomId = pdu.json && member(pdu.json, 'room_id');
    if (typeof roomId !== 'string' || !isRoomId(roomId)) note(results, pdu, undefined, 'The event names no room.');
    else if (rooms.get(roomId)?.push(pdu) === undefined) rooms.set(roomId, [pdu]);
  }
  const keys = federation.keyRing.atHand(origin);
  const late = Promise.withResolvers<'late'>();
  const until = federation.env.clock.monotonic() + VERDICTS_MS;
  const timer = federation.env.clock.timer(VERDICTS_MS, () => late.resolve('late'));
  try {
    const work = [...rooms].map(([roomId, own]) => {
      const mine = { roomId, pdus: own, keys, busy: behind.has(roomId), late: late.promise, until };
      return receiveForRoom(federation, origin, mine, results);
    });
    await Promise.all(work);
  } finally {
    timer.cancel();
  }
  return results;
}

interface RoomPdus {
  readonly roomId: string;
  readonly pdus: readonly ArrivedPdu[];
  readonly keys: readonly ServerKeys[];
  /** Something of this server waits for the room already. */
  readonly busy: boolean;
  readonly late: Promise<'late'>;
  /** When that is, on the monotonic clock. */
  readonly until: number;
}

/** Offers a room what came for it; if it does not take it in time, what is left waits with Servers, and goes behind what does. */
async function receiveForRoom(
  federation: Federation,
  origin: string,
  { roomId, pdus, keys, late, until, ...room }: RoomPdus,
  results: Results,
): Promise<void> {
  let { busy } = room;
  for (const run of inRuns(pdus)) {
    const received = busy ? 'late' : await Promise.race([tryOffer(federation, roomId, origin, run, keys), late]);
    if (received === 'late') {
      busy = true;
      await stage(federation, origin, roomId, run, results);
    } else if (received instanceof MatrixError) for (const pdu of run) note(results, pdu, undefined, received.message);
    else {
      const decided = await fillAtOnce(federation, origin, roomId, received.wants, until);
      for (const [index, pdu] of run.entries()) {
        const result = received.results[index];
        noteResult(results, pdu, decided.get(result?.eventId ?? '') ?? result);
      }
    }
  }
}

/** Gets the room what it wants while there is time. The runner goes on with what is left. */
async function fillAtOnce(
  federation: Federation,
  origin: string,
  roomId: string,
  wants: Wants,
  until: number,
): Promise<ReadonlyMap<string, PduResult>> {
  if (isEmpty(wants)) return new Map();
  const { env } = federation;
  let left = true;
  try {
    const filled = await fill(federation, roomId, wants, until);
    ({ left } = filled);
    return filled.results;
  } catch (error) {
    env.log.warn('a room could not be given what it wants', { roomId, error: String(error) });
    return new Map();
  } finally {
    // If that fails, the room's alarm does it.
    if (left)
      await env.actors
        .servers(origin)
        .work.offer(roomId)
        .catch(() => undefined);
  }
}

/** What the room says of each; the error if it takes none of them; `late` if it could not be asked. */
async function tryOffer(
  { env }: Federation,
  roomId: string,
  origin: string,
  pdus: readonly ArrivedPdu[],
  keys: readonly ServerKeys[],
): Promise<Received | MatrixError | 'late'> {
  try {
    const texts = pdus.map(({ text }) => text);
    return await receiptOf(env, roomId).offer(origin, texts, keys);
  } catch (error) {
    if (error instanceof MatrixError && error.status < 500 && error.status !== 429) return error;
    env.log.warn('a room did not take what came for it', { roomId, origin, error: String(error) });
    return 'late';
  }
}

async function stage(
  { env }: Federation,
  origin: string,
  roomId: string,
  pdus: readonly ArrivedPdu[],
  results: Results,
): Promise<void> {
  const { taken } = await env.actors.servers(origin).inbound.stage(
    origin,
    roomId,
    pdus.map(({ text }) => text),
  );
  for (const [index, pdu] of pdus.entries())
    note(results, pdu, undefined, index < taken ? undefined : 'The room is too busy; send the event again.');
}

function noteResult(results: Results, pdu: ArrivedPdu, result: PduResult | undefined): void {
  const failed = result === undefined || result.outcome === 'rejected' || result.outcome === 'dropped';
  note(results, pdu, result?.eventId, failed ? (result?.reason ?? 'The event was not taken.') : undefined);
}

/** A PDU that failed is not hidden by another under the same id. */
function note(results: Results, pdu: ArrivedPdu, eventId: string | undefined, error: string | undefined): void {
  const id = eventId ?? idForAnswer(pdu);
  results.set(id, results.get(id) ?? error);
}

function answerOf(results: Results): string {
  const entries = [...results].map(([id, error]) => [id, error === undefined ? {} : { error }] as const);
  return JSON.stringify({ pdus: Object.fromEntries(entries) });
}
