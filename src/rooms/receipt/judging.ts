// Judges what waits, as far as it can be judged: each event in a commit of its own, so that none affects another.
// https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
import type { Signer } from '../../events/signing-key.ts';
import { breath } from '../../ports/clock.ts';
import type { PduResult } from '../../ports/contracts/room-receipt.ts';
import { Bounded } from '../bounded.ts';
import { Change, type Moved } from '../change.ts';
import type { RoomData } from '../room-data.ts';
import type { StateEntry } from '../states.ts';
import type { StoredEvent } from '../stored-event.ts';
import { rootOf } from './claimed-state.ts';
import type { Failure } from './finding.ts';
import type { KeyRing } from './key-ring.ts';
import { receive, receiveOutlier, reconsider } from './receipt.ts';
import { type KeysOf, signedBy } from './signatures.ts';
import type { Staged, Staging } from './staging.ts';

/** How long events are judged before others have a turn. */
const TURN_MS = 30;
/** An event at which we failed ourselves so often is given up, so that it does not hold up what comes with it. */
const TROUBLES_MAX = 3;
const TROUBLES_KEPT = 100;

const NOTHING_MOVED: Moved = { wrote: false, membershipsChanged: false };

export class Judging {
  readonly #data: RoomData;
  readonly #staging: Staging;
  readonly #ring: KeyRing;
  readonly #troubles = new Bounded<string, number>(TROUBLES_KEPT);
  /** What was decided about events that were sent to us, since it was taken last. */
  #decided = new Map<string, PduResult>();
  /** Whether anything was written, and whether memberships changed, since it was taken last. */
  #moved: Moved = NOTHING_MOVED;
  #own: Signer | undefined;

  constructor(data: RoomData, staging: Staging, ring: KeyRing) {
    this.#data = data;
    this.#staging = staging;
    this.#ring = ring;
  }

  takeDecided(): Map<string, PduResult> {
    const decided = this.#decided;
    this.#decided = new Map();
    return decided;
  }

  takeMoved(): Moved {
    const moved = this.#moved;
    this.#moved = NOTHING_MOVED;
    return moved;
  }

  /**
   * Passes over what waits until nothing more can be judged, and notes what each still needs. `claimed`: what is part of a
   * claimed state is stored as soon as it can be, whether its own place is known or not.
   */
  async pass(own: Signer, claimed: ReadonlySet<string>): Promise<void> {
    this.#own = own;
    const { clock } = this.#data.env;
    let turn = clock.monotonic();
    let progress = true;
    for (let round = 0; progress; round++) {
      progress = false;
      const wanted = this.#citedByOthers(claimed);
      const order = this.#staging.inOrder();
      // Whoever states depths that are not true makes it no longer than this.
      if (round % 2 === 1) order.reverse();
      for (const staged of order) {
        if (this.#staging.get(staged.pdu.eventId) !== staged) continue;
        if (this.#guarded(staged, () => this.#step(staged, wanted))) progress = true;
        if (clock.monotonic() - turn < TURN_MS) continue;
        await breath(clock);
        turn = clock.monotonic();
      }
    }
  }

  /** Places an event whose prev_events are missing, after the state that another server claims. */
  async placeAt(staged: Staged, entries: readonly StateEntry[]): Promise<void> {
    let root: number;
    try {
      root = await rootOf(this.#data, this.#data.head.root, entries);
    } catch (error) {
      this.#guarded(staged, () => {
        throw error;
      });
      return;
    }
    this.#guarded(staged, () => {
      this.#commit(staged, (change) => receive(change, { ...staged, transaction: undefined }, this.#keysOf, root));
      return true;
    });
  }

  drop(staged: Staged, reason: string): void {
    const { row, pdu } = staged;
    // Whoever sent it was told that it is here, and does not send it again.
    if (staged.stored && row.wantedBy === row.id)
      this.#data.env.log.warn('an event that was taken is dropped', {
        eventId: pdu.eventId,
        origin: row.origin,
        reason,
        requests: row.requests,
      });
    const over = this.#over(staged);
    this.#data.env.sql.transaction(() => this.#staging.erase(over));
    this.#staging.leave(over);
    this.#decide(staged, { eventId: staged.pdu.eventId, outcome: 'dropped', reason });
  }

  /** What a known event was decided to be; what was soft-failed is looked at again. */
  again(known: StoredEvent): PduResult {
    if (known.verdict !== 'soft-failed') return resultOf(known);
    const { result, change } = Change.commit(this.#data, (change) => reconsider(change, known));
    this.note(change);
    return resultOf(result);
  }

  readonly #keysOf: KeysOf = (server, pdu) =>
    this.#own === undefined ? undefined : this.#ring.keysOf(server, pdu, this.#data.version, this.#own);

  /**
   * The ids of what is claimed, of what is to be placed, and of the auth events of those, and of theirs: what else was sent
   * along to judge by is not stored, however valid it is.
   */
  #citedByOthers(claimed: ReadonlySet<string>): ReadonlySet<string> {
    const cited = new Set<string>(claimed);
    for (const { pdu, row } of this.#staging.inOrder())
      if (row.role === 'event') for (const id of pdu.authEvents) cited.add(id);
    for (const id of cited) for (const further of this.#staging.get(id)?.pdu.authEvents ?? []) cited.add(further);
    return cited;
  }

  /** True if it was decided, or stored so that others can be judged by it. */
  #step(staged: Staged, cited: ReadonlySet<string>): boolean {
    const data = this.#data;
    const { pdu, row } = staged;
    staged.need = undefined;
    const known = data.byId(pdu.eventId);
    if (known !== undefined && (!known.outlier || row.role === 'outlier')) {
      const over = this.#over(staged);
      data.env.sql.transaction(() => this.#staging.erase(over));
      this.#staging.leave(over);
      this.#decide(staged, resultOf(known));
      return true;
    }
    if (staged.signatures === 'unverified') {
      const signed = signedBy(data.version, pdu, this.#keysOf, staged.canonical);
      if (signed !== 'all' && 'lacking' in signed) {
        staged.need = { kind: 'keys', servers: signed.lacking };
        return false;
      }
      if (signed !== 'all') return this.#dropped(staged, signed.reason);
      staged.signatures = 'verified';
    }
    if (pdu.roomId !== data.roomId) return this.#dropped(staged, 'event-of-another-room');
    const missing = row.role === 'event' ? pdu.prevEvents.filter((id) => data.byId(id)?.outlier !== false) : [];
    const waits = missing.some((id) => this.#staging.get(id)?.row.role === 'event');
    const auth = pdu.authEvents.filter((id) => data.byId(id) === undefined);
    if (auth.length > 0) {
      const ids = auth.filter((id) => this.#staging.get(id) === undefined);
      // What it follows may bring them along.
      staged.need = ids.length > 0 && !waits ? { kind: 'auth', ids, gap: missing.length > 0 } : { kind: 'others' };
      return false;
    }
    const candidate = { ...staged, transaction: undefined };
    if (row.role === 'outlier') {
      if (!cited.has(pdu.eventId)) {
        staged.need = { kind: 'others' };
        return false;
      }
      this.#commit(staged, (change) => receiveOutlier(change, candidate, this.#keysOf));
      return true;
    }
    if (missing.length === 0) {
      this.#commit(staged, (change) => receive(change, candidate, this.#keysOf));
      return true;
    }
    staged.need = { kind: waits ? 'others' : 'prev' };
    // Its place will be found later; others can be judged by it now.
    if (known !== undefined || !cited.has(pdu.eventId)) return false;
    this.note(Change.commit(data, (change) => receiveOutlier(change, candidate, this.#keysOf)).change);
    return true;
  }

  #dropped(staged: Staged, reason: string): true {
    this.drop(staged, reason);
    return true;
  }

  #commit(staged: Staged, take: (change: Change) => StoredEvent | Failure): void {
    const over = this.#over(staged);
    const { result, change } = Change.commit(this.#data, (change) => {
      const taken = take(change);
      this.#staging.erase(over);
      return taken;
    });
    this.#staging.leave(over);
    this.note(change);
    this.#decide(
      staged,
      'outcome' in result
        ? { eventId: staged.pdu.eventId, outcome: 'dropped', reason: result.reason }
        : resultOf(result),
    );
  }

  note(change: Moved): void {
    this.#moved = {
      wrote: this.#moved.wrote || change.wrote,
      membershipsChanged: this.#moved.membershipsChanged || change.membershipsChanged,
    };
  }

  /** An event that waits no longer, with what was fetched for it alone. */
  #over(staged: Staged): Staged[] {
    const { id, wantedBy } = staged.row;
    if (wantedBy !== id) return [staged];
    return [staged, ...this.#staging.fetchedFor(id)];
  }

  #decide({ row, pdu }: Staged, result: PduResult): void {
    if (row.wantedBy === row.id) this.#decided.set(pdu.eventId, result);
  }

  /**
   * A failure of the store fails the whole call, and whoever sent the event sends it again. What fails again and again is our
   * own fault with that event, and is left out.
   */
  #guarded(staged: Staged, act: () => boolean): boolean {
    const { eventId } = staged.pdu;
    try {
      return act();
    } catch (error) {
      const troubles = (this.#troubles.get(eventId) ?? 0) + 1;
      this.#troubles.set(eventId, troubles);
      this.#data.env.log.error('an event could not be judged', { eventId, troubles, error: String(error) });
      if (troubles < TROUBLES_MAX) throw error;
      this.drop(staged, 'could-not-be-judged');
      return true;
    }
  }
}

function resultOf({ pdu, verdict, reason }: StoredEvent): PduResult {
  return { eventId: pdu.eventId, outcome: verdict, ...(reason === undefined ? {} : { reason }) };
}
