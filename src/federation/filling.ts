// Gets of other servers what a room wants for judging events: bounded in requests by the room, in bytes and time here.
// https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events
import type { Answered, PduResult, Received, Supplied, Wanted, Wants } from '../ports/contracts/room-receipt.ts';
import type { PduText } from '../ports/contracts/servers-inbound.ts';
import { breath, type Clock } from '../ports/clock.ts';
import { sliceLists } from '../spec/json-slices.ts';
import { JsonError, readJson } from '../spec/strict-json.ts';
import { isObject, member } from '../spec/json.ts';
import { type FederationAnswer, targetOf } from './client.ts';
import type { Federation } from './federation.ts';
import { inRuns, receiptOf } from './receipt-of.ts';

/** Requests under way at once for one room. */
const AT_ONCE = 4;
/** Requests in one run; each event is bounded besides. */
const REQUESTS_MAX = 200;
const TIMEOUT_MS = 10_000;
const STATE_TIMEOUT_MS = 30_000;
const EVENT_BYTES = 500_000;
const EVENTS_BYTES = 8_000_000;
const IDS_BYTES = 16_000_000;
const STATE_BYTES = 30_000_000;
/** Events in one answer. */
const ELEMENTS_MAX = 200_000;
const CHAIN_LISTS = new Map([
  ['auth_chain', ELEMENTS_MAX],
  ['pdus', ELEMENTS_MAX],
]);
/** Events read before others have a turn. */
const READ_AT_ONCE = 200;
/** Ids in one call to a room. */
const IDS_AT_ONCE = 10_000;

type Task =
  | { readonly kind: 'keys'; readonly want: Wants['keys'][number]; readonly from: string }
  | { readonly kind: 'missing'; readonly want: Wants['missing'][number]; readonly from: string }
  | { readonly kind: 'auth' | 'stateIds' | 'state' | 'events'; readonly want: Wanted; readonly from: string };

export interface Filled {
  /** What was decided meanwhile about events that were sent to us, by id. */
  readonly results: ReadonlyMap<string, PduResult>;
  /** Whether the room still wants something: somebody has to come back for it. */
  readonly left: boolean;
}

export function isEmpty(wants: Partial<Wants>): boolean {
  return Object.values(wants).every((list) => list.length === 0);
}

/** Never takes much longer than until `until` on the monotonic clock. Rejects only if the room cannot be reached. */
export async function fill(federation: Federation, roomId: string, wants: Wants, until: number): Promise<Filled> {
  const filling = new Filling(federation, roomId, until);
  return await filling.run(wants);
}

class Filling {
  readonly #federation: Federation;
  readonly #roomId: string;
  readonly #until: number;
  readonly #queue: Task[] = [];
  /** Servers that did not answer in this run: they are left alone. */
  readonly #down = new Set<string>();
  readonly #putOff: Task[] = [];
  readonly #results = new Map<string, PduResult>();
  #requests = 0;

  constructor(federation: Federation, roomId: string, until: number) {
    this.#federation = federation;
    this.#roomId = roomId;
    this.#until = until;
  }

  async run(wants: Wants): Promise<Filled> {
    this.#add(wants);
    const busy = new Set<Promise<void>>();
    while (this.#queue.length > 0 || busy.size > 0) {
      while (busy.size < AT_ONCE) {
        const task = this.#queue.shift();
        if (task === undefined) break;
        const work: Promise<void> = this.#perform(task).finally(() => busy.delete(work));
        work.catch(() => undefined);
        busy.add(work);
      }
      if (busy.size > 0) await Promise.race(busy);
    }
    for (const task of this.#putOff) await this.#give(task, 'not-asked', true);
    return { results: this.#results, left: this.#putOff.length > 0 };
  }

  #add(wants: Wants): void {
    for (const want of wants.keys) this.#queue.push({ kind: 'keys', want, from: want.serverName });
    for (const want of wants.missing) this.#queue.push({ kind: 'missing', want, from: want.from });
    for (const kind of ['auth', 'stateIds', 'state', 'events'] as const)
      for (const want of wants[kind]) this.#queue.push({ kind, want, from: want.from });
  }

  get #left(): number {
    return this.#until - this.#federation.env.clock.monotonic();
  }

  async #perform(task: Task): Promise<void> {
    if (this.#left <= 0 || this.#requests >= REQUESTS_MAX || this.#down.has(task.from)) {
      this.#putOff.push(task);
      return;
    }
    this.#requests += 1;
    if (task.kind === 'keys') return this.#getKeys(task);
    if (task.kind === 'missing') return this.#getMissing(task);
    if (task.kind === 'stateIds') return this.#getStateIds(task);
    if (task.kind === 'events') return this.#getEvent(task);
    return this.#getChain(task);
  }

  /** Hands something to the room, and notes what it decides and wants because of it. */
  async #supply(supplied: Supplied): Promise<void> {
    const received: Received = await receiptOf(this.#federation.env, this.#roomId).supply(supplied);
    for (const result of received.results) if (result.eventId !== undefined) this.#results.set(result.eventId, result);
    this.#add(received.wants);
  }

  /** That nothing came of a task. */
  async #give(task: Task, answered: Answered, last = false): Promise<void> {
    const { from } = task;
    if (task.kind === 'keys') {
      // Without an answer they are wanted again.
      if (answered !== 'not-asked') return this.#supply({ keys: [{ serverName: from, known: undefined }] });
      return this.#supply({ last, keysNotAsked: [from] });
    }
    if (task.kind === 'missing')
      return this.#supply({ last, missing: { from, latest: task.want.latest, answered, texts: [] } });
    const { eventId } = task.want;
    if (task.kind === 'stateIds') return this.#supply({ last, stateIds: [{ from, eventId, answered, ids: [] }] });
    if (task.kind === 'events') return this.#supply({ last, events: [{ from, eventId, answered, text: undefined }] });
    return this.#supply({ last, [task.kind]: [{ from, eventId, answered }] });
  }

  async #getKeys(task: Extract<Task, { kind: 'keys' }>): Promise<void> {
    const { keyRing, env } = this.#federation;
    const late = Promise.withResolvers<'late'>();
    const timer = env.clock.timer(Math.max(0, this.#left), () => late.resolve('late'));
    try {
      const found = await Promise.race([keyRing.lookUp(task.want), late.promise]);
      // A server that was asked lately is asked again later: whose keys cannot be had now may be back in a minute.
      if (found === 'late' || !found.final) this.#putOff.push(task);
      else await this.#supply({ keys: [{ serverName: task.from, known: found.known }] });
    } finally {
      timer.cancel();
    }
  }

  async #getMissing(task: Extract<Task, { kind: 'missing' }>): Promise<void> {
    const { latest, earliest, minDepth, limit } = task.want;
    const answer = await this.#federation.client.send({
      destination: task.from,
      method: 'POST',
      target: this.#target(['get_missing_events', this.#roomId]),
      body: { earliest_events: [...earliest], latest_events: [...latest], limit, min_depth: minDepth },
      timeoutMs: this.#timeout(TIMEOUT_MS),
      maxAnswerBytes: EVENTS_BYTES,
    });
    const texts = answer.kind === 'ok' ? elementTexts(answer.text, 'events') : undefined;
    if (texts === undefined) return this.#failed(task, answer);
    const runs = inRuns(texts.slice(0, limit).map((text) => ({ text })));
    for (const [index, run] of runs.entries()) {
      const more = index < runs.length - 1;
      const missing = { from: task.from, latest, answered: 'had', texts: run.map(({ text }) => text) } as const;
      await this.#supply({ missing: more ? { ...missing, more } : missing });
    }
    if (runs.length === 0) await this.#supply({ missing: { from: task.from, latest, answered: 'had', texts: [] } });
  }

  async #getStateIds(task: Extract<Task, { kind: 'stateIds' | 'auth' | 'state' | 'events' }>): Promise<void> {
    const { from, eventId } = task.want;
    const answer = await this.#get(task, ['state_ids', this.#roomId], IDS_BYTES, STATE_TIMEOUT_MS, eventId);
    const list = answer.kind === 'ok' ? member(answer.json, 'pdu_ids') : undefined;
    if (!Array.isArray(list)) return this.#failed(task, answer);
    const ids = list.filter((id) => typeof id === 'string');
    const chain = answer.kind === 'ok' ? member(answer.json, 'auth_chain_ids') : undefined;
    const authIds = Array.isArray(chain) ? chain.filter((id) => typeof id === 'string') : [];
    const length = Math.max(ids.length, authIds.length);
    for (let at = 0; at === 0 || at < length; at += IDS_AT_ONCE) {
      const more = at + IDS_AT_ONCE < length;
      const pieces = { ids: ids.slice(at, at + IDS_AT_ONCE), authIds: authIds.slice(at, at + IDS_AT_ONCE) };
      const piece = { from, eventId, answered: 'had', ...pieces } as const;
      await this.#supply({ stateIds: [more ? { ...piece, more } : piece] });
    }
  }

  /** An auth chain, or a state with its auth chain: what others are judged by comes first. */
  async #getChain(task: Extract<Task, { kind: 'stateIds' | 'auth' | 'state' | 'events' }>): Promise<void> {
    const { from, eventId } = task.want;
    const isState = task.kind === 'state';
    const answer = await (isState
      ? this.#get(task, ['state', this.#roomId], STATE_BYTES, STATE_TIMEOUT_MS, eventId)
      : this.#get(task, ['event_auth', this.#roomId, eventId], STATE_BYTES, STATE_TIMEOUT_MS));
    if (answer.kind !== 'ok') return this.#failed(task, answer);
    const names = isState ? ['auth_chain', 'pdus'] : ['auth_chain'];
    const pieces: { readonly text: PduText }[] = [];
    for (const name of names) {
      const texts = await byDepth(this.#federation.env.clock, answer.lists?.get(name));
      if (texts === undefined) return this.#failed(task, answer);
      for (const text of texts) pieces.push({ text });
    }
    for (const run of inRuns(pieces))
      await this.#supply({ outliers: { from, wantedBy: eventId, texts: run.map(({ text }) => text) } });
    await this.#supply({ [task.kind]: [{ from, eventId, answered: 'had' }] });
  }

  async #getEvent(task: Extract<Task, { kind: 'stateIds' | 'auth' | 'state' | 'events' }>): Promise<void> {
    const { from, eventId } = task.want;
    const answer = await this.#get(task, ['event', eventId], EVENT_BYTES, TIMEOUT_MS);
    const [text] = (answer.kind === 'ok' ? elementTexts(answer.text, 'pdus') : undefined) ?? [];
    if (text === undefined) return this.#failed(task, answer);
    await this.#supply({ events: [{ from, eventId, answered: 'had', text }] });
  }

  async #get(
    task: Task,
    path: readonly string[],
    maxAnswerBytes: number,
    timeoutMs: number,
    eventId?: string,
  ): Promise<FederationAnswer> {
    return this.#federation.client.send({
      destination: task.from,
      method: 'GET',
      target: this.#target(path, eventId),
      timeoutMs: this.#timeout(timeoutMs),
      maxAnswerBytes,
      ...(maxAnswerBytes === STATE_BYTES ? { lists: CHAIN_LISTS } : {}),
    });
  }

  #target(path: readonly string[], eventId?: string): string {
    return targetOf(['_matrix', 'federation', 'v1', ...path], eventId === undefined ? [] : [['event_id', eventId]]);
  }

  #timeout(most: number): number {
    return Math.max(1, Math.min(most, this.#left));
  }

  /** An answer that gives nothing. Who was cut off by our own hurry is asked again by who has time. */
  async #failed(task: Task, answer: FederationAnswer): Promise<void> {
    const answered = answeredOf(answer);
    if (answered !== 'unreachable') return this.#give(task, answered);
    this.#down.add(task.from);
    if (this.#left <= 0) this.#putOff.push(task);
    else await this.#give(task, answered);
  }
}

function answeredOf(answer: FederationAnswer): Answered {
  if (answer.kind === 'ok') return 'broken';
  if (answer.kind === 'refused') return answer.status >= 500 || answer.status === 429 ? 'unreachable' : 'absent';
  if (answer.reason === 'unreachable') return 'unreachable';
  return answer.reason === 'garbage' ? 'broken' : 'absent';
}

/** The members of a list, as they were written; undefined if there is no such list, or a longer one. */
function elementTexts(text: string, name: string): readonly PduText[] | undefined {
  const slices = sliceLists(text, new Map([[name, ELEMENTS_MAX]]));
  return typeof slices === 'string' ? undefined : slices.members.get(name);
}

/**
 * Texts of events by the depth that they state: so their auth events come before them, if they are honest. Undefined without a
 * list, or if something in it is no JSON.
 */
async function byDepth(clock: Clock, texts: readonly PduText[] | undefined): Promise<readonly PduText[] | undefined> {
  if (texts === undefined) return undefined;
  const events: { readonly text: PduText; readonly depth: number }[] = [];
  for (const [index, text] of texts.entries()) {
    if (index > 0 && index % READ_AT_ONCE === 0) await breath(clock);
    const depth = depthOf(text);
    if (depth === undefined) return undefined;
    events.push({ text, depth });
  }
  return events.toSorted((a, b) => a.depth - b.depth).map(({ text }) => text);
}

/** 0 if it states none; undefined of what is no JSON. */
function depthOf(text: PduText): number | undefined {
  try {
    const { value } = readJson(text);
    const depth = isObject(value) ? member(value, 'depth') : undefined;
    return typeof depth === 'number' ? depth : 0;
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
