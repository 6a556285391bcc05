// Another server in a room of ours, with a history of its own: it makes and signs real events, and answers what a room wants.
import { authEventsFor } from '../../../src/authorization/selection.ts';
import { buildEvent, type EventDraft } from '../../../src/events/build-event.ts';
import type { Pdu } from '../../../src/events/pdu.ts';
import { signerFromSeed, type Signer } from '../../../src/events/signing-key.ts';
import type { PduResult, Received, Supplied, Wants } from '../../../src/ports/contracts/room-receipt.ts';
import type { ServerKeys } from '../../../src/ports/contracts/servers-keys.ts';
import { RoomData } from '../../../src/rooms/room-data.ts';
import type { JsonObject } from '../../../src/spec/json.ts';
import { encodeBase64 } from '../../../src/spec/base64.ts';
import { alice, aRoom, type RoomOptions, type TestRoom } from '../world.ts';

const FAR = 4_000_000_000_000;

export interface Made extends Partial<EventDraft> {
  readonly by?: string;
  readonly body?: string;
  /** What it follows; else the events made last. */
  readonly after?: readonly Pdu[];
  readonly signer?: Signer;
}

export function keysOf(signer: Signer, validUntilTs = FAR): ServerKeys {
  return {
    serverName: signer.serverName,
    keys: [{ keyId: signer.keyId, key: encodeBase64(signer.publicKey), validUntilTs }],
  };
}

export function textOf(pdu: Pdu): string {
  return JSON.stringify(pdu.json);
}

type State = ReadonlyMap<string, Pdu>;

const keyOf = (type: string, stateKey: string): string => JSON.stringify([type, stateKey]);

export class Peer {
  readonly room: TestRoom;
  readonly server: string;
  readonly userId: string;
  readonly signer: Signer;
  /** Everything that it knows, by id, and the state after each. */
  readonly events = new Map<string, Pdu>();
  readonly #after = new Map<string, State>();
  last: readonly Pdu[] = [];
  /** Requests that it was sent. */
  asked: string[] = [];

  constructor(room: TestRoom, server = 'evil.test', user = 'eve') {
    this.room = room;
    this.server = server;
    this.userId = `@${user}:${server}`;
    this.signer = signerFromSeed(server, 'ed25519:e', new Uint8Array(32).fill(server.length));
    this.learn();
  }

  /** Learns what the room holds now. */
  learn(): void {
    const { data } = this;
    const state = new Map<string, Pdu>();
    for (const number of data.states.all(data.head.root)) {
      const pdu = data.byNumber(number)?.pdu;
      if (pdu?.stateKey === undefined) continue;
      state.set(keyOf(pdu.type, pdu.stateKey), pdu);
      this.events.set(pdu.eventId, pdu);
    }
    this.last = data.head.extremities.flatMap((number) => data.byNumber(number)?.pdu ?? []);
    for (const pdu of this.last) {
      this.events.set(pdu.eventId, pdu);
      this.#after.set(pdu.eventId, state);
    }
  }

  get data(): RoomData {
    return new RoomData(this.room.world.env(this.room.id));
  }

  stateAfter(pdu: Pdu): State {
    return this.#after.get(pdu.eventId) ?? new Map();
  }

  /** Makes an event after the last ones, or after those named. The state after several is that of the first. */
  make(made: Made): Pdu {
    const { by = this.userId, body, after = this.last, signer = this.signer, ...rest } = made;
    const { version, roomId } = this.data;
    const [first] = after;
    const state = first === undefined ? new Map<string, Pdu>() : this.stateAfter(first);
    const type = rest.type ?? 'm.room.message';
    const content = rest.content ?? { msgtype: 'm.text', body: body ?? 'x' };
    const wish = { type, sender: by, content, ...(rest.stateKey === undefined ? {} : { stateKey: rest.stateKey }) };
    const pdu = buildEvent(
      {
        ...wish,
        roomId,
        prevEvents: after.map(({ eventId }) => eventId),
        authEvents: authEventsFor(wish, version).flatMap(
          (key) => state.get(keyOf(key.type, key.stateKey))?.eventId ?? [],
        ),
        depth: Math.max(0, ...after.map(({ depth }) => depth)) + 1,
        originServerTs: this.room.world.clock.now(),
        ...rest,
      },
      version,
      signer,
    );
    this.add(pdu, state);
    this.last = [pdu];
    return pdu;
  }

  add(pdu: Pdu, before: State): void {
    const after = new Map(before);
    if (pdu.stateKey !== undefined) after.set(keyOf(pdu.type, pdu.stateKey), pdu);
    this.events.set(pdu.eventId, pdu);
    this.#after.set(pdu.eventId, after);
  }

  member(membership: string, target = this.userId, made: Made = {}): Pdu {
    return this.make({ ...made, type: 'm.room.member', stateKey: target, content: { membership } });
  }

  state(type: string, content: JsonObject, made: Made = {}): Pdu {
    return this.make({ ...made, type, stateKey: '', content });
  }

  /** Sends events, in one offer or in several, with the keys at hand. */
  async send(...pdus: readonly Pdu[]): Promise<Received> {
    return this.room.room.receipt.offer(this.server, pdus.map(textOf), [keysOf(this.signer)]);
  }

  /** Sends one event and says what became of it. */
  async sends(pdu: Pdu): Promise<PduResult> {
    const { results } = await this.send(pdu);
    const [result] = results;
    if (result === undefined) throw new Error('nothing was answered');
    return result;
  }

  /** Answers what is wanted until nothing is; `answers` says what of it is given. */
  async fill(received: Received, answers: Answers = {}): Promise<PduResult[]> {
    const results = [...received.results];
    const queue = [received.wants];
    for (let wants = queue.shift(); wants !== undefined; wants = queue.shift()) {
      for (const supplied of this.answersTo(wants, answers)) {
        const next = await this.room.room.receipt.supply(supplied);
        results.push(...next.results);
        if (!isEmpty(next.wants)) queue.push(next.wants);
      }
    }
    return results;
  }

  answersTo(wants: Wants, answers: Answers): Supplied[] {
    const limit = answers.limit ?? 100;
    const give = (id: string): Pdu | undefined =>
      answers.without?.includes(id) === true ? undefined : this.events.get(id);
    const text = (id: string): string[] => {
      const pdu = give(id);
      return pdu === undefined ? [] : [textOf(pdu)];
    };
    const supplies: Supplied[] = [];
    for (const { serverName } of wants.keys) {
      this.asked.push('keys');
      supplies.push({ keys: [{ serverName, known: answers.keys?.get(serverName) }] });
    }
    for (const { from, latest, earliest } of wants.missing) {
      this.asked.push('missing');
      const texts = answers.missing === 'none' ? [] : this.#between(latest, earliest, limit).flatMap(text);
      supplies.push({ missing: { from, latest, answered: answers.missing === 'none' ? 'absent' : 'had', texts } });
    }
    for (const { from, eventId } of wants.auth) {
      this.asked.push('auth');
      if (answers.auth === 'none') {
        supplies.push({ auth: [{ from, eventId, answered: 'absent' }] });
        continue;
      }
      supplies.push({ outliers: { from, wantedBy: eventId, texts: this.#chain([eventId]).flatMap(text) } });
      supplies.push({ auth: [{ from, eventId, answered: 'had' }] });
    }
    for (const { from, eventId } of wants.stateIds) {
      this.asked.push('stateIds');
      const ids = answers.stateIds?.(eventId) ?? this.#stateBefore(eventId);
      const answered = ids.length === 0 ? 'absent' : 'had';
      supplies.push({ stateIds: [{ from, eventId, answered, ids, authIds: this.#chain(ids) }] });
    }
    for (const { from, eventId } of wants.state) {
      this.asked.push('state');
      const ids = this.#stateBefore(eventId);
      const texts = [...this.#chain(ids), ...ids].flatMap(text);
      supplies.push({ outliers: { from, wantedBy: eventId, texts } }, { state: [{ from, eventId, answered: 'had' }] });
    }
    for (const { from, eventId } of wants.events) {
      this.asked.push('event');
      const [found] = text(eventId);
      supplies.push({ events: [{ from, eventId, answered: found === undefined ? 'absent' : 'had', text: found }] });
    }
    return supplies;
  }

  #stateBefore(eventId: string): string[] {
    const [previous] = this.events.get(eventId)?.prevEvents ?? [];
    const pdu = previous === undefined ? undefined : this.events.get(previous);
    return pdu === undefined ? [] : [...this.stateAfter(pdu).values()].map((one) => one.eventId);
  }

  #between(latest: readonly string[], earliest: readonly string[], limit: number): string[] {
    const met = new Set([...latest, ...earliest]);
    const found: string[] = [];
    let front = [...latest];
    while (front.length > 0 && found.length < limit) {
      const next = front.flatMap((id) => this.events.get(id)?.prevEvents ?? []).filter((id) => !met.has(id));
      for (const id of next) met.add(id);
      found.push(...next);
      front = next;
    }
    return found.slice(0, limit).toReversed();
  }

  #chain(ids: readonly string[]): string[] {
    const chain = new Set<string>();
    const walk = (id: string): void => {
      for (const cited of this.events.get(id)?.authEvents ?? []) {
        if (chain.has(cited)) continue;
        walk(cited);
        chain.add(cited);
      }
    };
    for (const id of ids) walk(id);
    return [...chain];
  }
}

export interface Answers {
  /** Events that are given to nobody. */
  readonly without?: readonly string[];
  readonly missing?: 'none';
  readonly auth?: 'none';
  /** Events in one answer to /get_missing_events. */
  readonly limit?: number;
  readonly stateIds?: (eventId: string) => readonly string[];
  readonly keys?: ReadonlyMap<string, ServerKeys>;
}

export function isEmpty(wants: Wants): boolean {
  return Object.values(wants).every((list) => list.length === 0);
}

/** A public room of Alice's in which Eve of another server has joined, by an event of hers. */
export async function withEve(version = '12', options: RoomOptions = {}): Promise<Peer> {
  const room = await aRoom(version, options);
  const peer = new Peer(room);
  const joined = await peer.sends(peer.member('join'));
  if (joined.outcome !== 'accepted') throw new Error(`eve could not join: ${joined.reason}`);
  return peer;
}

export { alice };
