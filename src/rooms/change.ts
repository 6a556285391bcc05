// One commit of a room: everything that it writes is written here, and the room's head moves when the commit has returned.
import type { Pdu } from '../events/pdu.ts';
import { member } from '../spec/json.ts';
import { contentForAuth } from './auth-content.ts';
import { besides, isFollowed, isPast } from './extremities.ts';
import { changeMember } from './member-change.ts';
import { relate, unrelate } from './relations/index-of-relations.ts';
import { resolveStates } from './resolution.ts';
import type { RoomData } from './room-data.ts';
import { CREATE, headOutside, type Head } from './store/info.ts';
import type { StateChange, StateEntry } from './states.ts';
import type { StoredEvent } from './stored-event.ts';

/** Positions of the log that are left out when a room arrives: more than anybody reads who was not there. */
export const ARRIVAL_GAP = 1000;

/** What becomes of an event that passed, or did not pass, the checks. */
export interface Acceptance {
  readonly pdu: Pdu;
  readonly rootBefore: number;
  readonly verdict: StoredEvent['verdict'];
  readonly reason: string | undefined;
  readonly transaction: StoredEvent['transaction'];
  /** It is another server's, and ours to send to the others in the room. */
  readonly relayed?: boolean;
  /** Another server made it: others may have come before it that follow it. */
  readonly foreign?: boolean;
  /** It is accepted but not told: a redaction of what is not here, or of what it may not redact. */
  readonly hidden?: boolean;
  /** The same event, if it is here already: an outlier, or soft-failed until now. */
  readonly known?: StoredEvent | undefined;
}

/** What of a commit decides who is told. */
export type Moved = Pick<Change, 'wrote' | 'membershipsChanged'>;

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
    if (from === undefined) return Change.#run(data, data.head, operation);
    return Change.#run(data, from, (change) => {
      change.#begin(from);
      return operation(change);
    });
  }

  static #run<T>(data: RoomData, head: Head, operation: (change: Change) => T): { result: T; change: Change } {
    const change = new Change(data, head);
    try {
      const result = data.env.sql.transaction(() => {
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

  /** The same for a room that nobody of ours is in, if it is only known from outside or not at all. */
  static commitOutside<T>(
    data: RoomData,
    version: string,
    operation: (change: Change) => T,
  ): { result: T; change: Change } {
    const known = data.known;
    if (known === undefined) return Change.commit(data, operation, headOutside(version, data.firstEpoch));
    return Change.#run(data, known, operation);
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
    const { pdu, verdict, rootBefore, known } = acceptance;
    this.#wrote = true;
    const before = this.#head;
    const number = known?.number ?? before.eventCount;
    let { keyCount } = before;
    let rootAfter = rootBefore;
    const replaces = pdu.stateKey === undefined ? undefined : data.states.get(rootBefore, pdu.type, pdu.stateKey);
    // A soft-failed event belongs to the state after it, a rejected one never does.
    if (pdu.stateKey !== undefined && verdict !== 'rejected') {
      const set = data.states.set(rootBefore, pdu.type, pdu.stateKey, number, keyCount);
      rootAfter = set.root;
      keyCount = set.keyCount;
    }
    const accepted = verdict === 'accepted';
    const beside = accepted ? besides(data, pdu, before.extremities) : [];
    const followed = acceptance.foreign === true && (isFollowed(data, pdu.eventId) || isPast(data, pdu, known));
    // What follows the whole room is its new end, and nothing else changes: so is nearly everything.
    const straight =
      accepted && beside.length === 0 && rootBefore === before.root && !followed && acceptance.hidden !== true;
    const event: StoredEvent = {
      number,
      pdu,
      roomPos: straight ? before.roomPos + 1 : undefined,
      outlier: false,
      rootBefore,
      rootAfter,
      verdict,
      reason: acceptance.reason,
      replaces,
      redactedBy: known?.redactedBy,
      transaction: acceptance.transaction,
    };
    this.#store(event, known);
    this.#head = { ...this.#head, keyCount };
    if (acceptance.foreign === true) this.#noteGaps(event);
    if (straight) {
      const changes = rootAfter === before.root ? [] : [this.#ownChange(event)];
      this.#head = { ...this.#head, depth: Math.max(before.depth, pdu.depth), extremities: [number] };
      this.#enter('event', event, rootAfter, changes);
      relate(data, event, this.#head.roomPos);
      if (acceptance.relayed === true) data.relays.add(this.#head.roomPos);
      return event;
    }
    if (!accepted && !followed) return event;
    const told = this.#advance(event, accepted ? beside : besides(data, pdu, before.extremities), {
      followed,
      hidden: acceptance.hidden === true,
    });
    if (told.roomPos !== undefined && acceptance.relayed === true) data.relays.add(told.roomPos);
    return told;
  }

  #noteGaps({ pdu, number }: StoredEvent): void {
    const { data } = this;
    for (const id of pdu.prevEvents) {
      const previous = data.byId(id);
      if (previous === undefined || previous.outlier) data.early.addGap(id, number);
    }
  }

  /** Stores an event that was needed to judge others: its state, and so its place in the room, is not known. */
  appendOutlier(pdu: Pdu, verdict: 'accepted' | 'rejected', reason: string | undefined): StoredEvent {
    this.#wrote = true;
    const { empty } = this.data.states;
    // Its number is kept free for the create event of a room that comes to us in any order.
    const creates = pdu.type === 'm.room.create' && this.data.byNumber(CREATE) === undefined;
    const event: StoredEvent = {
      number: creates ? CREATE : this.#head.eventCount,
      pdu,
      roomPos: undefined,
      outlier: true,
      rootBefore: empty,
      rootAfter: empty,
      verdict,
      reason,
      replaces: undefined,
      redactedBy: undefined,
      transaction: undefined,
    };
    this.#store(event, undefined);
    return event;
  }

  /** An outlier was rejected for what was missing when it came, and is as good as any by now. */
  acquit(known: StoredEvent): StoredEvent {
    this.#wrote = true;
    const event: StoredEvent = { ...known, verdict: 'accepted', reason: undefined };
    this.data.events.acquit(known.number);
    this.data.keep(event);
    return event;
  }

  #store(event: StoredEvent, known: StoredEvent | undefined): void {
    const { data } = this;
    if (known === undefined) {
      data.events.insert(event);
      this.#head = { ...this.#head, eventCount: Math.max(this.#head.eventCount, event.number + 1) };
    } else {
      data.events.place(event);
      data.texts.delete(event.number);
      data.resolvable.delete(event.number);
    }
    data.keep(event);
    if (known === undefined) data.authIndex.add(event);
  }

  /** A membership of one of our users, of which another server has told, in a room that nobody of ours is in. */
  noteFromOutside(event: StoredEvent): void {
    const { stateKey = '' } = event.pdu;
    const before = this.data.states.get(this.#head.root, 'm.room.member', stateKey);
    const root = this.edit(this.#head.root, [{ type: 'm.room.member', stateKey, number: event.number }]);
    this.#enter('state', undefined, root, [{ before, after: event.number }]);
  }

  /**
   * The room is here: `root` is the state before the join that is to follow. The members in it who are not ours have been
   * written down, and are `joined` and `invited` in number; `ours` are the events of those who are, or were.
   */
  arrive(root: number, joined: number, invited: number, ours: readonly Pick<StateChange, 'before' | 'after'>[]): void {
    const { data } = this;
    this.#wrote = true;
    // Positions are left out, so that whoever follows the log begins anew instead of reading it through.
    data.log.forget();
    const roomPos = this.#head.roomPos + ARRIVAL_GAP;
    const epoch = this.#head.epoch + 1;
    this.#head = { ...this.#head, epoch, roomPos, joined, invited, extremities: [], outside: false };
    this.#enter('state', undefined, root, ours);
  }

  /** Makes the room begin again as one that is known from outside alone, of another version. */
  restartOutside(version: string): void {
    this.#wrote = true;
    this.#head = { ...this.#head, version };
  }

  /** Finds the event's place among the branches, and what the current state is then. */
  #advance(
    event: StoredEvent,
    beside: readonly StoredEvent[],
    { followed, hidden }: { readonly followed: boolean; readonly hidden: boolean },
  ): StoredEvent {
    const accepted = event.verdict === 'accepted';
    const ends = accepted && (!followed || beside.length === 0) ? [...beside, event] : beside;
    if (ends.length === 0) return event;
    const root = this.#currentState(ends);
    this.#head = {
      ...this.#head,
      depth: accepted ? Math.max(this.#head.depth, event.pdu.depth) : this.#head.depth,
      extremities: ends.map((end) => end.number),
    };
    return this.#tell(accepted && !hidden ? event : undefined, root) ?? event;
  }

  /** The resolution of the states after all forward extremities. */
  #currentState(ends: readonly StoredEvent[]): number {
    const root = this.resolve(ends.map((end) => end.rootAfter));
    // Whoever compares states need not look further if nothing has changed.
    const { head, data } = this;
    return data.states.difference(head.root, root).length === 0 ? head.root : root;
  }

  /**
   * Enters an event into the log, and what else changes in the current state, before the event. An event that resolution does
   * not leave in the state stands in it for one entry nevertheless: so whoever applies what they are told comes to the state.
   */
  #tell(event: StoredEvent | undefined, root: number): StoredEvent | undefined {
    const { data } = this;
    const before = this.#head.root;
    const changes = data.states.difference(before, root);
    if (event === undefined) {
      if (changes.length > 0) this.#enter('state', undefined, root, changes);
      return undefined;
    }
    const { number, pdu } = event;
    const isState = event.rootAfter !== event.rootBefore && pdu.stateKey !== undefined;
    const key = isState ? data.states.key(pdu.type, pdu.stateKey ?? '') : undefined;
    const others = changes.filter((change) => change.key !== key);
    const between = others.length === 0 ? before : data.states.map.edit(before, afterOf(others));
    if (others.length > 0) this.#enter('state', undefined, key === undefined ? root : between, others);
    const roomPos = this.#head.roomPos + 1;
    const told = { ...event, roomPos };
    data.events.setRoomPos(number, roomPos);
    data.keep(told);
    if (key === undefined) {
      this.#enter('event', told, root, []);
    } else {
      const [own, last] = [data.states.map.get(between, key), data.states.map.get(root, key)];
      const holds = last === number;
      const changed = own === number ? [] : [{ key, before: own, after: number }];
      this.#enter('event', told, holds ? root : data.states.map.edit(between, afterOf(changed)), changed);
      if (!holds) this.#enter('state', undefined, root, [{ before: number, after: last }]);
    }
    relate(data, told, roomPos);
    return told;
  }

  /** Tells an event that was kept back: a redaction whose target has come. */
  tellLate(event: StoredEvent): void {
    this.#wrote = true;
    const { data } = this;
    const roomPos = this.#head.roomPos + 1;
    const told = { ...event, roomPos };
    data.events.setRoomPos(event.number, roomPos);
    data.keep(told);
    this.#enter('event', told, this.#head.root, []);
  }

  /** One entry of the log: the current state is `root` from here on. */
  #enter(
    kind: 'event' | 'state',
    event: StoredEvent | undefined,
    root: number,
    changes: readonly Pick<StateChange, 'before' | 'after'>[],
  ): void {
    const { data } = this;
    const roomPos = this.#head.roomPos + 1;
    this.#head = { ...this.#head, roomPos, root };
    data.deliveryAlarm.arm();
    data.log.append({ roomPos, kind, number: event?.number, root });
    if (changes.length > 1) data.load(changes.flatMap(({ before, after }) => after ?? before ?? []));
    for (const change of changes) {
      const after = change.after === undefined ? undefined : data.byNumber(change.after);
      const changed = after ?? (change.before === undefined ? undefined : data.byNumber(change.before));
      if (changed !== undefined) this.#stateChanged(changed, after, roomPos);
    }
  }

  #ownChange(event: StoredEvent): Pick<StateChange, 'before' | 'after'> {
    return { before: event.replaces, after: event.number };
  }

  /** A state with other events in it. */
  edit(root: number, entries: readonly StateEntry[]): number {
    this.#wrote = true;
    const edited = this.data.states.edit(root, entries, this.#head.keyCount);
    this.#head = { ...this.#head, keyCount: edited.keyCount };
    return edited.root;
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
    this.#head = changeMember(this.data, this.#head, {
      userId: stateKey,
      membership: typeof membership === 'string' ? membership : 'leave',
      number: changed.number,
      roomPos,
    });
    this.membershipsChanged = true;
  }

  /** Puts the pruned form of an event in its place, everywhere at once. */
  redact(target: StoredEvent, pruned: Pdu, by: StoredEvent): void {
    this.#wrote = true;
    const { data } = this;
    unrelate(data, target);
    data.events.replaceByRedacted(target.number, pruned, by.number);
    const counts = contentForAuth(target.pdu, pruned);
    if (counts !== undefined) data.authContents.put(target.number, counts);
    data.keep({ ...target, pdu: pruned, redactedBy: by.number });
    data.texts.delete(target.number);
    data.resolvable.delete(target.number);
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

function afterOf(changes: readonly StateChange[]): Map<number, number | undefined> {
  return new Map(changes.map(({ key, after }) => [key, after]));
}
