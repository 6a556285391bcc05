// Brings a room here that nobody of ours is in: its state and what authorises it come in pieces, each checked as any event is and
// each a commit of its own, which nobody sees; one last commit lets our user join. Should it break off, it begins anew.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import type { Signer } from '../../events/signing-key.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { RoomArrival } from '../../ports/contracts/room-arrival.ts';
import type { ServerKeys } from '../../ports/contracts/servers-keys.ts';
import { breath } from '../../ports/clock.ts';
import { incompatibleRoomVersion, invalidParam, MatrixError } from '../../spec/errors.ts';
import { serverOf } from '../../spec/identifiers/user-id.ts';
import { member } from '../../spec/json.ts';
import { ARRIVAL_GAP, Change } from '../change.ts';
import { readSubmitted } from '../handshakes/submitted.ts';
import { roomVersion } from '../../events/room-versions.ts';
import { keysFor } from '../receipt/key-ring.ts';
import { readPduText } from '../receipt/pdu-text.ts';
import { check, receiveOutlier, reconsiderOutlier, take } from '../receipt/receipt.ts';
import type { KeysOf } from '../receipt/signatures.ts';
import type { RoomData } from '../room-data.ts';
import type { StateChange } from '../states.ts';
import type { ArrivalRow } from '../store/arrivals.ts';
import type { StoredEvent } from '../stored-event.ts';

/** How long whoever brings the room here may take from one step to the next. */
const CLAIM_MS = 120_000;
const ASK_AGAIN_MS = 250;
/** Events in one commit: a signature takes about 0.1 ms. */
const AT_ONCE = 100;
const ROWS_AT_ONCE = 2000;
/** Kept with the events that came with a state, so that they can be told from those that our users were told of. */
const BROUGHT = 'brought-along';

export type Arrived = { readonly change: Change; readonly event: StoredEvent };

export class Arriving {
  readonly #data: RoomData;

  constructor(data: RoomData) {
    this.#data = data;
  }

  async claim(version: string): Promise<Exclude<Awaited<ReturnType<RoomArrival['claim']>>, { kind: 'resident' }>> {
    const data = this.#data;
    if (roomVersion(version) === undefined) throw incompatibleRoomVersion(version);
    const now = data.env.clock.now();
    const running = data.arrivals.get();
    if (running !== undefined && Math.abs(now - running.touchedAt) < CLAIM_MS)
      return { kind: 'under-way', waitMs: ASK_AGAIN_MS };
    const { begun } = data;
    if (begun !== undefined && begun.version !== version) throw invalidParam('The room is of another version.');
    const claim = (running?.claim ?? 0) + 1;
    const root = data.states.empty;
    Change.commitOutside(data, version, (change) => {
      if (change.head.outside) change.restartOutside(version);
      data.arrivals.put({ claim, touchedAt: now, root, joined: 0, invited: 0 });
    });
    await this.#forgetOthers();
    if (data.begun === undefined) await this.#forgetAttempts();
    return { kind: 'yours', claim };
  }

  /** Memberships of others that may be long over, or are left of an attempt that broke off. Its events are as good as any. */
  async #forgetOthers(): Promise<void> {
    const { members, stays, env, known } = this.#data;
    env.sql.transaction(() => stays.endAll(known?.roomPos ?? 0));
    while (env.sql.transaction(() => members.deleteElsewhere(ROWS_AT_ONCE)) > 0) await breath(env.clock);
    members.forget();
  }

  /**
   * What an attempt that broke off has left of a room that never began here: whoever gave it may have made it up, the create
   * event too, and no other room could ever come in its place.
   */
  async #forgetAttempts(): Promise<void> {
    const { env, events } = this.#data;
    while (env.sql.transaction(() => events.deleteOutliers(BROUGHT, ROWS_AT_ONCE)) > 0) await breath(env.clock);
    this.#data.forget();
  }

  async stage(
    claim: number,
    role: 'auth-chain' | 'state',
    texts: readonly string[],
    keys: readonly ServerKeys[],
    signer: Signer,
  ): Promise<void> {
    for (let at = 0; at < texts.length; at += AT_ONCE) {
      if (at > 0) await breath(this.#data.env.clock);
      this.#stagePiece(claim, role, texts.slice(at, at + AT_ONCE), keysFor(this.#data.version, keys, signer));
    }
  }

  #stagePiece(claim: number, role: 'auth-chain' | 'state', texts: readonly string[], keysOf: KeysOf): void {
    const data = this.#data;
    Change.commitOutside(data, data.version.id, (change) => {
      const row = this.#demand(claim);
      const here: StoredEvent[] = [];
      for (const text of texts) {
        const { pdu, canonical } = readPduText(text, data.version);
        if (pdu === undefined) continue;
        const candidate = { pdu, canonical, signatures: 'unverified', transaction: undefined } as const;
        const known = data.byId(pdu.eventId);
        const event =
          known === undefined
            ? receiveOutlier(change, candidate, keysOf, BROUGHT)
            : reconsiderOutlier(change, known, candidate, keysOf);
        if ('outcome' in event || event.verdict === 'rejected' || event.pdu.stateKey === undefined) continue;
        // One that is here since an earlier attempt may have come without its auth events then.
        data.authIndex.add(event);
        here.push(event);
      }
      const next = role === 'state' ? this.#intoState(change, row, here) : row;
      data.arrivals.put({ ...next, touchedAt: data.env.clock.now() });
    });
  }

  #intoState(change: Change, row: ArrivalRow, events: readonly StoredEvent[]): ArrivalRow {
    const data = this.#data;
    let { joined, invited } = row;
    const entries = [];
    const roomPos = change.head.roomPos + ARRIVAL_GAP + 1;
    for (const event of events) {
      const { type, stateKey = '' } = event.pdu;
      if (data.states.get(row.root, type, stateKey) !== undefined) continue;
      entries.push({ type, stateKey, number: event.number });
      if (type !== 'm.room.member' || data.groups.isLocal(stateKey)) continue;
      const membership = membershipOf(event);
      joined += Number(membership === 'join');
      invited += Number(membership === 'invite');
      const isJoined = membership === 'join';
      if (isJoined && !data.members.anyJoined(serverOf(stateKey), stateKey))
        data.stays.begin(serverOf(stateKey), roomPos + 1);
      data.members.put({
        userId: stateKey,
        membership,
        number: event.number,
        group: undefined,
        joinPos: isJoined ? roomPos : undefined,
        leftPos: undefined,
      });
    }
    return { ...row, root: change.edit(row.root, entries), joined, invited };
  }

  /** The last commit. */
  async finish(
    claim: number,
    by: Requester,
    join: { readonly eventId: string; readonly event: string; readonly keys: readonly ServerKeys[] },
    signer: Signer,
  ): Promise<Arrived> {
    const data = this.#data;
    data.groups.learn(by.userId, by.group);
    const row = this.#demand(claim);
    await this.#learnOurs();
    const origin = data.env.settings.serverName;
    const expected = { roomId: data.roomId, eventId: join.eventId, origin, membership: 'join' };
    const pdu = readSubmitted(join.event, data.version, expected);
    if (pdu.sender !== by.userId) throw invalidParam('The join is of another user.');
    const { result, change } = Change.commitOutside(data, data.version.id, (commit) => {
      this.#demand(claim);
      const create = data.stateContent(row.root, 'm.room.create', '');
      if (create === undefined || (member(create, 'room_version') ?? '1') !== data.version.id)
        throw invalidParam('The state of the room has no create event of its version.');
      commit.arrive(row.root, row.joined, row.invited, this.#ours(row.root));
      const candidate = { pdu, signatures: 'unverified', transaction: undefined } as const;
      const checked = check(commit, candidate, keysFor(data.version, join.keys, signer), row.root);
      if ('outcome' in checked) throw invalidParam(`The join cannot be taken: ${checked.reason.replaceAll('-', ' ')}.`);
      if (checked.failure !== undefined)
        throw invalidParam(`The room's state does not allow the join: ${checked.failure.reason.replaceAll('-', ' ')}.`);
      data.arrivals.remove();
      return take(commit, checked, { known: data.byId(pdu.eventId) });
    });
    return { change, event: result };
  }

  abandon(claim: number): void {
    const { arrivals, env } = this.#data;
    const row = arrivals.get();
    if (row?.claim === claim) env.sql.transaction(() => arrivals.put({ ...row, touchedAt: 0 }));
  }

  /** In which groups our users are of whom the room has ever heard. */
  async #learnOurs(): Promise<void> {
    const { states, groups, env } = this.#data;
    for (const userId of states.members(`:${env.settings.serverName}`)) await groups.find(userId);
  }

  /** The memberships of our users that are others in the new state than in the one that we know. */
  #ours(root: number): Pick<StateChange, 'before' | 'after'>[] {
    const data = this.#data;
    const before = data.known?.root ?? data.states.empty;
    const changes: Pick<StateChange, 'before' | 'after'>[] = [];
    for (const userId of data.states.members(`:${data.env.settings.serverName}`)) {
      const was = data.states.get(before, 'm.room.member', userId);
      const is = data.states.get(root, 'm.room.member', userId);
      if (was !== is) changes.push({ before: was, after: is });
    }
    return changes;
  }

  #demand(claim: number): ArrivalRow {
    const row = this.#data.arrivals.get();
    if (row?.claim !== claim) throw new MatrixError(409, 'M_UNKNOWN', 'Somebody else is bringing the room here.');
    return row;
  }
}

function membershipOf({ pdu }: StoredEvent): string {
  const membership = member(pdu.content, 'membership');
  return typeof membership === 'string' ? membership : 'leave';
}
