// One commit of a room: everything that it writes is written here, and the room's head moves when the commit has returned.
import type { Pdu } from '../events/pdu.ts';
import { serverOf } from '../spec/identifiers/user-id.ts';
import { member } from '../spec/json.ts';
import { relate, unrelate } from './relations/index-of-relations.ts';
import { resolveStates } from './resolution.ts';
import type { RoomData } from './room-data.ts';
import type { Head } from './store/info.ts';
import type { StoredEvent } from './stored-event.ts';

/** What becomes of an event that passed, or did not pass, the checks. */
export interface Acceptance {
  readonly pdu: Pdu;
  readonly rootBefore: number;
  readonly verdict: StoredEvent['verdict'];
  readonly reason: string | undefined;
  readonly transaction: StoredEvent['transaction'];
  /** It is another server's, and ours to send to the others in the room. */
  readonly relayed?: boolean;
}

export class Change {
  readonly data: RoomData;
  /** Whether a user's membership changed, and so perhaps who is told of the room. */
  membershipsChanged = false;
  #head: Head;
  #wrote = false;

  private constructor(data: RoomData, head: Head) {
    this.data = data;
    this.#head = head;
  }

  /**
   * Runs `operation` as one commit: what it wrote and what it did to memory is undone if it throws. `from` begins a room.
   * Nothing in `operation` may wait.
   */
  static commit<T>(data: RoomData, operation: (change: Change) => T, from?: Head): { result: T; change: Change } {
    const change = new Change(data, from ?? data.head);
    try {
      const result = data.env.sql.transaction(() => {
        if (from !== undefined) change.#begin(from);
        const made = operation(change);
        if (change.#wrote) data.info.write(change.#head);
        return made;
      });
      if (change.#wrote) data.moved(change.#head);
      return { result, change };
    } catch (error) {
      if (change.#wrote) data.forget();
      throw error;
    }
  }

  get head(): Head {
    return this.#head;
  }

  get wrote(): boolean {
    return this.#wrote;
  }

  #begin(head: Head): void {
    this.#wrote = true;
    this.data.info.begin(head);
    this.data.moved(head);
  }

  /** Stores an event and, if it is accepted, moves the room: state, memberships, forward extremities, log. */
  append(acceptance: Acceptance): StoredEvent {
    const { data } = this;
    const { pdu, verdict, rootBefore } = acceptance;
    this.#wrote = true;
    const before = this.#head;
    const number = before.eventCount;
    const accepted = verdict === 'accepted';
    const roomPos = accepted ? before.roomPos + 1 : undefined;
    let { keyCount } = before;
    let rootAfter = rootBefore;
    const replaces = pdu.stateKey === undefined ? undefined : data.states.get(rootBefore, pdu.type, pdu.stateKey);
    // A soft-failed event belongs to the state after it, a rejected one never does.
    if (pdu.stateKey !== undefined && verdict !== 'rejected') {
      const set = data.states.set(rootBefore, pdu.type, pdu.stateKey, number, keyCount);
      rootAfter = set.root;
      keyCount = set.keyCount;
    }
    const event: StoredEvent = {
      number,
      pdu,
      roomPos,
      rootBefore,
      rootAfter,
      verdict,
      reason: acceptance.reason,
      replaces,
      redactedBy: undefined,
      transaction: acceptance.transaction,
    };
    data.events.insert(event);
    data.keep(event);
    data.authIndex.add(event);
    this.#head = { ...before, eventCount: number + 1, keyCount };
    if (roomPos !== undefined) this.#advance(event, roomPos);
    if (roomPos !== undefined && acceptance.relayed === true) data.relays.add(roomPos);
    return event;
  }

  #advance(event: StoredEvent, roomPos: number): void {
    const { data } = this;
    const { pdu, number } = event;
    const covered = new Set(pdu.prevEvents);
    const kept = this.#head.extremities.flatMap((number) => data.byNumber(number) ?? []);
    const beside = kept.filter((extremity) => !covered.has(extremity.pdu.eventId));
    const before = this.#head.root;
    const root = this.#currentState(event, beside);
    this.#head = {
      ...this.#head,
      roomPos,
      root,
      depth: Math.max(this.#head.depth, pdu.depth),
      extremities: [...beside.map((extremity) => extremity.number), number],
    };
    data.deliveryAlarm.arm();
    data.log.append({ roomPos, kind: 'event', number, root });
    relate(data, event, roomPos);
    if (root === event.rootAfter && event.rootBefore === before) {
      if (root !== before) this.#stateChanged(event, event, roomPos);
      return;
    }
    // Resolution may have changed more than this event, or something else.
    for (const change of data.states.difference(before, root)) {
      const after = change.after === undefined ? undefined : data.byNumber(change.after);
      const changed = after ?? (change.before === undefined ? undefined : data.byNumber(change.before));
      if (changed !== undefined) this.#stateChanged(changed, after, roomPos);
    }
  }

  /** The resolution of the states after all forward extremities. */
  #currentState(event: StoredEvent, beside: readonly StoredEvent[]): number {
    if (beside.length === 0) return event.rootAfter;
    const root = this.resolve([event.rootAfter, ...beside.map((extremity) => extremity.rootAfter)]);
    // Whoever compares states need not look further if nothing has changed.
    const { head, data } = this;
    return data.states.difference(head.root, root).length === 0 ? head.root : root;
  }

  /** The root of the state that states of the room's branches resolve to. */
  resolve(roots: readonly number[]): number {
    const { data } = this;
    const distinct = [...new Set(roots)];
    if (distinct.length < 2) return distinct[0] ?? data.states.empty;
    const name = distinct.toSorted((a, b) => a - b).join();
    const known = data.resolutions.get(name);
    if (known !== undefined) return known;
    this.#wrote = true;
    const { root, keyCount } = resolveStates(data, distinct, this.#head);
    this.#head = { ...this.#head, keyCount };
    data.resolutions.set(name, root);
    return root;
  }

  /** `changed` is the event that stands now or, where there is none, stood before. */
  #stateChanged(changed: StoredEvent, after: StoredEvent | undefined, roomPos: number): void {
    const { type, stateKey } = changed.pdu;
    if (type !== 'm.room.member' || stateKey === undefined) return;
    const membership = after === undefined ? undefined : member(after.pdu.content, 'membership');
    this.#memberChanged(stateKey, typeof membership === 'string' ? membership : 'leave', changed.number, roomPos);
  }

  #memberChanged(userId: string, membership: string, number: number, roomPos: number): void {
    const { data } = this;
    const before = data.members.get(userId);
    const was = before?.membership ?? 'leave';
    const group = before?.group ?? data.groups.known(userId);
    const joins = membership === 'join' && was !== 'join';
    const leaves = membership !== 'join' && was === 'join';
    data.members.put({
      userId,
      membership,
      number,
      group,
      joinPos: joins ? roomPos : before?.joinPos,
      leftPos: leaves ? roomPos : joins ? undefined : before?.leftPos,
    });
    const count = (name: string): number => Number(membership === name) - Number(was === name);
    this.#head = {
      ...this.#head,
      joined: this.#head.joined + count('join'),
      invited: this.#head.invited + count('invite'),
    };
    if (!data.groups.isLocal(userId) && (joins || leaves)) this.#serverChanged(userId, joins, roomPos);
    if (group !== undefined) this.#groupChanged(group, Number(concerns(membership)) - Number(concerns(was)), roomPos);
    this.membershipsChanged = true;
  }

  /** Another server is in the room while any of its users is. */
  #serverChanged(userId: string, joins: boolean, roomPos: number): void {
    const { members, stays } = this.data;
    const server = serverOf(userId);
    if (members.anyJoined(server, userId)) return;
    if (joins) stays.begin(server, roomPos);
    else stays.end(server, roomPos);
  }

  #groupChanged(group: number, by: number, roomPos: number): void {
    const { members } = this.data;
    const stored = members.groups().find((candidate) => candidate.group === group);
    const told = stored === undefined || stored.members === 0 ? this.#toldAtEntry(roomPos) : stored.told;
    members.putGroup({ group, members: (stored?.members ?? 0) + by, told, due: roomPos });
  }

  /** A group that had nobody here has missed nothing that concerns it; the creator's is told of the room from its beginning. */
  #toldAtEntry(roomPos: number): number {
    return this.#head.eventCount === 2 ? 0 : roomPos - 1;
  }

  /** Puts the pruned form of an event in its place, everywhere at once. */
  redact(target: StoredEvent, pruned: Pdu, by: StoredEvent): void {
    this.#wrote = true;
    const { data } = this;
    unrelate(data, target);
    data.events.replaceByRedacted(target.number, pruned, by.number);
    data.keep({ ...target, pdu: pruned, redactedBy: by.number });
    data.texts.delete(target.number);
    data.redactions += 1;
    // The state's root stays, so nothing else would say that what the directory shows has changed.
    if (target.pdu.stateKey !== undefined && data.lifecycle.tellListingAnew()) data.deliveryAlarm.arm();
  }

  /** The next position of the room's receipts. */
  nextReceiptPos(): number {
    this.#wrote = true;
    this.#head = { ...this.#head, receiptPos: this.#head.receiptPos + 1 };
    return this.#head.receiptPos;
  }
}

/** Whether a user with this membership is told what happens in the room. */
function concerns(membership: string): boolean {
  return membership === 'join' || membership === 'invite' || membership === 'knock';
}
