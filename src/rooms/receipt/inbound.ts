// Events of other servers on their way into the room: taken, kept durably while they cannot be judged, judged, answered.
// https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
import type { Pdu } from '../../events/pdu.ts';
import type { PduResult, Received, RoomReceipt, Supplied, Wants } from '../../ports/contracts/room-receipt.ts';
import type { PduText } from '../../ports/contracts/servers-inbound.ts';
import type { ServerKeys } from '../../ports/contracts/servers-keys.ts';
import { notFound } from '../../spec/errors.ts';
import type { Moved } from '../change.ts';
import type { SigningKeys } from '../drafting/signing-key.ts';
import type { RoomData } from '../room-data.ts';
import { isAllowed } from '../serving/server-acl.ts';
import { entriesOf, notHere } from './claimed-state.ts';
import { heal } from './healing.ts';
import { Judging } from './judging.ts';
import { KeyRing } from './key-ring.ts';
import { readPduText, type TextReading } from './pdu-text.ts';
import { asking } from './pursuit.ts';
import { Staging, type Staged } from './staging.ts';
import { Wanting } from './wanting.ts';

/** Ids in a state that is claimed: more than any room has. */
const STATE_MAX = 500_000;
/** Events in one offer or supply. */
const TEXTS_MAX = 1000;

/** How long whoever was given something to get is left alone with it. */
const LEFT_ALONE_MS = 300_000;
const NO_WANTS: Wants = { keys: [], missing: [], auth: [], stateIds: [], state: [], events: [] };

/** What the room does after events came in: it tells of them. */
export type Tell = (moved: Moved) => Promise<void>;

/** Whether an event that a server has sent ends an invite of one of our users, where that is all that we know of the room. */
export type EndInvite = (origin: string, pdu: Pdu, keys: readonly ServerKeys[]) => Promise<boolean>;

export class Inbound implements RoomReceipt {
  readonly #data: RoomData;
  readonly #keys: SigningKeys;
  readonly #tell: Tell;
  readonly #endInvite: EndInvite;
  readonly #ring = new KeyRing();
  readonly #staging: Staging;
  readonly #judging: Judging;
  readonly #wanting: Wanting;
  /** The call before: they take turns, since each judges all that waits. */
  #before: Promise<void> = Promise.resolve();
  /** When somebody was last given something to get. */
  #lastAsked = -Infinity;
  /** Local users without an account, who were asked about. */
  readonly #unknown = new Set<string>();

  constructor(data: RoomData, keys: SigningKeys, tell: Tell, endInvite: EndInvite) {
    this.#data = data;
    this.#keys = keys;
    this.#tell = tell;
    this.#endInvite = endInvite;
    this.#staging = new Staging(data);
    this.#judging = new Judging(data, this.#staging, this.#ring);
    this.#wanting = new Wanting(data, this.#staging);
  }

  async offer(origin: string, texts: readonly PduText[], keys: readonly ServerKeys[] = []): Promise<Received> {
    const data = this.#data;
    if (data.known === undefined) throw notFound('The room is not known here.');
    const readings = texts.map((text) => readPduText(text, data.version));
    const ended = new Set<string>();
    for (const { pdu } of readings)
      if (pdu !== undefined && (await this.#endInvite(origin, pdu, keys))) ended.add(pdu.eventId);
    if (data.begun === undefined) return this.#nothingBut(ended, readings);
    await this.#learnUsers(readings.flatMap(({ pdu }) => pdu ?? []));
    return this.#inTurn(async () => {
      for (const known of keys) this.#ring.learn(known);
      const allowed = isAllowed(data, origin);
      const results = readings.map((reading, index): PduResult => {
        const { pdu, canonical } = reading;
        if (pdu === undefined) return { eventId: reading.eventId, outcome: 'dropped', reason: reading.reason };
        if (ended.has(pdu.eventId)) return { eventId: pdu.eventId, outcome: 'accepted' };
        if (!allowed) return { eventId: pdu.eventId, outcome: 'dropped', reason: 'server-acl' };
        return this.#offered(origin, { pdu, canonical, text: texts[index] ?? '' });
      });
      const { decided, wants } = await this.#run();
      return {
        results: results.map((result) =>
          result.eventId === undefined ? result : (decided.get(result.eventId) ?? result),
        ),
        wants,
      };
    });
  }

  #nothingBut(ended: ReadonlySet<string>, readings: readonly TextReading[]): Received {
    if (ended.size === 0) throw notFound('The room is not known here.');
    const results = readings.map((reading): PduResult => {
      const eventId = reading.pdu === undefined ? reading.eventId : reading.pdu.eventId;
      if (eventId !== undefined && ended.has(eventId)) return { eventId, outcome: 'accepted' };
      return { eventId, outcome: 'dropped', reason: 'room-not-known' };
    });
    return { results, wants: NO_WANTS };
  }

  async supply(supplied: Supplied): Promise<Received> {
    const data = this.#data;
    if (data.begun === undefined) throw notFound('The room is not known here.');
    return this.#inTurn(async () => {
      await this.#take(supplied);
      const { decided, wants } = await this.#run(supplied.last !== true);
      return { results: [...decided.values()], wants };
    });
  }

  async wants(): Promise<Wants> {
    if (this.#data.begun === undefined) throw notFound('The room is not known here.');
    return this.#inTurn(async () => (await this.#run()).wants);
  }

  /** Has somebody get what is wanted. True while anything waits. */
  async retry(): Promise<boolean> {
    const origin = this.#data.begun === undefined ? undefined : this.#staging.oldestOrigin();
    if (origin === undefined) return false;
    if (this.#data.env.clock.monotonic() - this.#lastAsked < LEFT_ALONE_MS) return true;
    await this.#data.env.actors.servers(origin).work.offer(this.#data.roomId);
    return true;
  }

  #offered(origin: string, event: Parameters<Staging['add']>[0]): PduResult {
    const { pdu } = event;
    const known = this.#data.byId(pdu.eventId);
    if (known !== undefined && !known.outlier) return this.#judging.again(known);
    const staged = this.#staging.add(event, origin, 'event', undefined);
    if (staged === undefined) return { eventId: pdu.eventId, outcome: 'dropped', reason: 'too-much-waiting' };
    return { eventId: pdu.eventId, outcome: 'staged' };
  }

  /** Judges what can be judged, and writes down what cannot. */
  async #run(asks = true): Promise<{ readonly decided: ReadonlyMap<string, PduResult>; readonly wants: Wants }> {
    const own = await this.#keys.gather();
    for (;;) {
      await this.#learnUsers(this.#staging.inOrder().map(({ pdu }) => pdu));
      await this.#judging.pass(own, this.#wanting.claimed());
      if (await this.#placeAtGaps()) continue;
      const hopeless = this.#wanting.hopeless();
      if (hopeless !== undefined) this.#judging.drop(hopeless.staged, hopeless.reason);
      else if (this.#atGaps().length === 0) break;
    }
    const wants = asks ? this.#wanting.take() : NO_WANTS;
    if (asks) this.#lastAsked = this.#data.env.clock.monotonic();
    this.#staging.flush();
    const healed = heal(this.#data, own);
    if (healed !== undefined) this.#judging.note(healed);
    return { decided: this.#judging.takeDecided(), wants };
  }

  /** Events whose state before is claimed, and all of the claim is here that can be had. */
  #atGaps(): Staged[] {
    return this.#staging.inOrder().filter((staged) => this.#wanting.isPlaceable(staged));
  }

  async #placeAtGaps(): Promise<boolean> {
    for (const pursuit of this.#wanting.pursuits) {
      for (const { remaining } of pursuit.claims.values()) {
        const missing = await notHere(this.#data, [...remaining]);
        for (const id of remaining) if (!missing.has(id)) remaining.delete(id);
      }
    }
    const [staged] = this.#atGaps();
    if (staged === undefined) return false;
    const pursuit = this.#wanting.pursuitOf(staged);
    const { eventId } = staged.pdu;
    const claim = pursuit.claims.get(eventId);
    const entries = await entriesOf(this.#data, claim?.ids ?? []);
    if (entries === undefined) {
      // That is no state of this room; another server may have one.
      pursuit.claims.delete(eventId);
      pursuit.answered(asking.stateIds(eventId), claim?.from ?? '', 'broken');
    } else {
      await this.#judging.placeAt(staged, entries);
    }
    return true;
  }

  async #take(supplied: Supplied): Promise<void> {
    for (const { serverName, known } of supplied.keys ?? []) {
      if (known !== undefined && known.serverName === serverName) this.#ring.learn(known);
      const what = asking.keys(serverName);
      for (const pursuit of this.#wanting.pursuits)
        pursuit.answered(what, serverName, known === undefined ? 'unreachable' : 'had');
    }
    for (const server of supplied.keysNotAsked ?? [])
      for (const pursuit of this.#wanting.pursuits) pursuit.answered(asking.keys(server), server, 'not-asked');
    const { outliers, missing } = supplied;
    if (outliers !== undefined) this.#takeOutliers(outliers);
    if (missing !== undefined) this.#takeMissing(missing);
    for (const kind of ['auth', 'state'] as const) {
      for (const { from, eventId, answered } of supplied[kind] ?? []) {
        const staged = this.#staging.get(eventId);
        if (staged !== undefined) this.#wanting.pursuitOf(staged).answered(asking[kind](eventId), from, answered);
      }
    }
    for (const answer of supplied.stateIds ?? []) await this.#takeStateIds(answer);
    for (const answer of supplied.events ?? []) this.#takeEvent(answer);
  }

  #takeOutliers({ from, wantedBy, texts }: NonNullable<Supplied['outliers']>): void {
    const staged = this.#staging.get(wantedBy);
    if (staged === undefined) return;
    for (const text of texts.slice(0, TEXTS_MAX)) this.#stageOutlier(text, from, staged.row.wantedBy);
  }

  #stageOutlier(text: PduText, from: string, wantedBy: number): string | undefined {
    const { pdu } = readPduText(text, this.#data.version);
    if (pdu === undefined || pdu.roomId !== this.#data.roomId) return undefined;
    if (this.#data.byId(pdu.eventId) === undefined) this.#staging.add({ pdu, text }, from, 'outlier', wantedBy);
    return pdu.eventId;
  }

  #takeMissing({ from, latest, answered, texts, more }: NonNullable<Supplied['missing']>): void {
    const [eventId = ''] = latest;
    const staged = this.#staging.get(eventId);
    if (staged === undefined) return;
    const pursuit = this.#wanting.pursuitOf(staged);
    let malformed = answered === 'broken';
    for (const text of texts.slice(0, TEXTS_MAX)) {
      const { pdu } = readPduText(text, this.#data.version);
      if (pdu === undefined) malformed = true;
      else if (pdu.roomId === this.#data.roomId && this.#data.byId(pdu.eventId)?.outlier !== false)
        this.#staging.add({ pdu, text }, from, 'event', staged.row.wantedBy);
    }
    if (more === true) return;
    if (answered !== 'not-asked') pursuit.missingRounds += 1;
    pursuit.answered(asking.missing(staged), from, answered);
    // Who names as before its own event what is no event, or answers what is no answer, has nothing that we could build on.
    const isHere = (id: string): boolean =>
      this.#data.byId(id)?.outlier === false || this.#staging.get(id)?.row.role === 'event';
    if (malformed && !staged.pdu.prevEvents.every(isHere)) this.#judging.drop(staged, 'prev-event-malformed');
  }

  async #takeStateIds({
    from,
    eventId,
    answered,
    ids,
    authIds = [],
    more,
  }: NonNullable<Supplied['stateIds']>[number]): Promise<void> {
    const staged = this.#staging.get(eventId);
    if (staged === undefined) return;
    const pursuit = this.#wanting.pursuitOf(staged);
    const pieces = pursuit.pieces.get(eventId) ?? { ids: [], authIds: [] };
    for (const id of ids) pieces.ids.push(id);
    for (const id of authIds) pieces.authIds.push(id);
    pursuit.pieces.set(eventId, pieces);
    if (more === true && pieces.ids.length <= STATE_MAX && pieces.authIds.length <= STATE_MAX) return;
    pursuit.pieces.delete(eventId);
    const distinct = [...new Set(pieces.ids)];
    if (answered !== 'had' || distinct.length > STATE_MAX) {
      pursuit.answered(asking.stateIds(eventId), from, answered === 'had' ? 'broken' : answered);
      return;
    }
    const chain = await notHere(this.#data, [...new Set(pieces.authIds)]);
    const remaining = await notHere(this.#data, distinct);
    pursuit.claims.set(eventId, { from, ids: distinct, remaining, chainLacks: chain.size });
    pursuit.answered(asking.stateIds(eventId), from, 'had');
  }

  #takeEvent({ from, eventId, answered, text }: NonNullable<Supplied['events']>[number]): void {
    const what = asking.event(eventId);
    const now = this.#data.env.clock.monotonic();
    for (const pursuit of this.#wanting.pursuits) {
      if (!pursuit.isOutstanding(what, now)) continue;
      const had = text === undefined ? undefined : this.#stageOutlier(text, from, pursuit.rootId);
      pursuit.answered(what, from, answered === 'had' && had !== eventId ? 'broken' : answered);
    }
  }

  /** In which group local users are whose membership may change: it decides who is told. */
  async #learnUsers(pdus: readonly Pdu[]): Promise<void> {
    const { groups } = this.#data;
    for (const { type, stateKey } of pdus) {
      if (type !== 'm.room.member' || stateKey === undefined || !groups.isLocal(stateKey)) continue;
      if (groups.known(stateKey) !== undefined || this.#unknown.has(stateKey)) continue;
      if ((await groups.find(stateKey)) === undefined) this.#unknown.add(stateKey);
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#before;
    this.#before = promise;
    await before;
    let done: T;
    let moved: Moved;
    try {
      done = await work();
    } finally {
      moved = this.#judging.takeMoved();
      resolve();
    }
    await this.#tell(moved);
    return done;
  }
}
