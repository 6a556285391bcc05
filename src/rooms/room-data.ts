// What a room is made of: its tables, and in memory its head and what was read of it last. Reads go through here; writes
// are made by a `Change`, one commit each.
import type { RoomVersion } from '../events/room-version.ts';
import { roomVersion } from '../events/room-versions.ts';
import type { ObjectEnv } from '../ports/object-env.ts';
import { forbidden, MatrixError } from '../spec/errors.ts';
import type { JsonObject } from '../spec/json.ts';
import { AuthIndex } from './auth-index.ts';
import { Bounded } from './bounded.ts';
import { DeliveryAlarm } from './delivery/delivery-alarm.ts';
import { Erasures } from './erasures.ts';
import { LocalGroups } from './local-groups.ts';
import { States } from './states.ts';
import { AuthContentStore } from './store/auth-contents.ts';
import { ArrivalStore } from './store/arrivals.ts';
import { EarlyStore } from './store/early.ts';
import { EventStore } from './store/events.ts';
import { InfoStore, type Head } from './store/info.ts';
import { IntroductionStore } from './store/introductions.ts';
import { KeyStore } from './store/keys.ts';
import { LifecycleStore } from './store/lifecycle.ts';
import { GuestStore } from './store/guests.ts';
import { LogStore } from './store/log.ts';
import { MemberStore } from './store/members.ts';
import { PurgeStore } from './store/purges.ts';
import { NodeRows } from './store/nodes.ts';
import { ReceiptStore } from './store/receipts.ts';
import { RelationStore } from './store/relations.ts';
import { RelayStore } from './store/relays.ts';
import { StayStore } from './store/stays.ts';
import { TransactionStore } from './store/transactions.ts';
import { ResolvableEvents } from './resolvable-events.ts';
import type { StoredEvent } from './stored-event.ts';

/** Events kept in memory for each room that is awake; half of them at least, as many as are read at once. */
const EVENTS_KEPT = 200;
const RESOLUTIONS_KEPT = 100;
/** Events in one query. */
const READ_AT_ONCE = 1000;

export class RoomData {
  readonly env: ObjectEnv;
  readonly roomId: string;
  readonly info: InfoStore;
  readonly events: EventStore;
  readonly early: EarlyStore;
  readonly log: LogStore;
  readonly members: MemberStore;
  readonly receipts: ReceiptStore;
  readonly lifecycle: LifecycleStore;
  readonly relations: RelationStore;
  readonly transactions: TransactionStore;
  /** When other servers were in the room, and which of their events we send on. */
  readonly stays: StayStore;
  readonly relays: RelayStore;
  /** How far the room has come that is being brought here, and what others told of it before. */
  readonly arrivals: ArrivalStore;
  readonly introductions: IntroductionStore;
  readonly authContents: AuthContentStore;
  readonly states: States;
  readonly authIndex: AuthIndex;
  readonly groups: LocalGroups;
  readonly deliveryAlarm: DeliveryAlarm;
  readonly erasures: Erasures;
  readonly guests: GuestStore;
  readonly purges: PurgeStore;
  /** The text that clients see of an event, without what depends on the viewer. */
  readonly texts = new Bounded<number, string>(EVENTS_KEPT);
  /** The roots that sets of states resolved to, by the roots of those. */
  readonly resolutions = new Bounded<string, number>(RESOLUTIONS_KEPT);
  readonly resolvable = new ResolvableEvents(this);
  readonly #byNumber = new Bounded<number, StoredEvent>(EVENTS_KEPT);
  readonly #numbers = new Bounded<string, number>(EVENTS_KEPT);
  /** Events that are not here: one that comes in is looked for more than once. */
  readonly #absent = new Bounded<string, true>(EVENTS_KEPT);
  /** Goes up with every redaction since the room woke: what was made before one may show too much. */
  redactions = 0;
  #head: Head | undefined;
  #version: RoomVersion | undefined;

  constructor(env: ObjectEnv) {
    const { sql, owner, name } = env;
    this.env = env;
    this.roomId = name;
    this.info = new InfoStore(sql, owner);
    this.events = new EventStore(sql, owner);
    this.early = new EarlyStore(sql, owner);
    this.log = new LogStore(sql, owner);
    this.members = new MemberStore(sql, owner);
    this.receipts = new ReceiptStore(sql, owner);
    this.lifecycle = new LifecycleStore(sql, owner);
    this.relations = new RelationStore(sql, owner);
    this.transactions = new TransactionStore(sql, owner);
    this.stays = new StayStore(sql, owner);
    this.relays = new RelayStore(sql, owner);
    this.arrivals = new ArrivalStore(sql, owner);
    this.introductions = new IntroductionStore(sql, owner);
    this.authContents = new AuthContentStore(sql, owner);
    this.groups = new LocalGroups(env);
    this.deliveryAlarm = new DeliveryAlarm(env);
    this.erasures = new Erasures(this);
    this.guests = new GuestStore(sql, owner);
    this.purges = new PurgeStore(sql, owner);
    this.states = new States(new KeyStore(sql, owner), new NodeRows(sql, owner));
    this.authIndex = new AuthIndex(this);
  }

  /** The end of the room; undefined if the room has not begun, or is known from outside alone. */
  get begun(): Head | undefined {
    const head = this.known;
    return head?.outside === true ? undefined : head;
  }

  /** The same also of a room that is known from outside alone. */
  get known(): Head | undefined {
    this.#head ??= this.info.read();
    return this.#head;
  }

  /** The end of the room. Throws 403 M_FORBIDDEN if it has not begun: who is not in a room learns nothing of it. */
  get head(): Head {
    const head = this.begun;
    if (head === undefined) throw forbidden('You are not in this room.');
    return head;
  }

  /** The epoch of a room that begins now. Throws 400 M_ROOM_IN_USE while there is something left of one that was purged. */
  get firstEpoch(): number {
    const purged = this.purges.get();
    if (purged?.underWay === true) throw new MatrixError(400, 'M_ROOM_IN_USE', 'The room is being deleted.');
    return (purged?.epoch ?? 0) + 1;
  }

  get version(): RoomVersion {
    const { version } = this.known ?? this.head;
    // Of a room that is known from outside alone another server may have told another version than it has.
    if (this.#version?.id !== version) this.#version = roomVersion(version);
    if (this.#version === undefined) throw new Error('the room has a version that this server does not know');
    return this.#version;
  }

  byNumber(number: number): StoredEvent | undefined {
    const known = this.#byNumber.get(number);
    if (known !== undefined) return known;
    const event = this.events.byNumber(number, this.version);
    if (event !== undefined) this.keep(event);
    return event;
  }

  byId(eventId: string): StoredEvent | undefined {
    const number = this.#numbers.get(eventId);
    if (number !== undefined) return this.byNumber(number);
    if (this.known === undefined || this.#absent.get(eventId) === true) return undefined;
    const event = this.events.byId(eventId, this.version);
    if (event === undefined) this.#absent.set(eventId, true);
    else this.keep(event);
    return event;
  }

  /** Reads many events at once, so that asking for each then costs no query. */
  load(numbers: readonly number[]): void {
    const missing = numbers.filter((number) => this.#byNumber.get(number) === undefined);
    if (missing.length < 2) return;
    for (const event of this.events.byNumbers(missing, this.version)) this.keep(event);
  }

  /** The same by their ids. */
  loadIds(eventIds: readonly string[]): void {
    const missing = eventIds.filter((id) => this.#numbers.get(id) === undefined);
    if (missing.length < 2 || this.known === undefined) return;
    for (const event of this.events.byIds(missing, this.version)) this.keep(event);
  }

  /** Many events in the order of their numbers, however many there are. */
  many(numbers: readonly number[]): StoredEvent[] {
    const sorted = numbers.toSorted((a, b) => a - b);
    if (sorted.length <= EVENTS_KEPT / 2) {
      this.load(sorted);
      return sorted.flatMap((number) => this.byNumber(number) ?? []);
    }
    const events: StoredEvent[] = [];
    for (let at = 0; at < sorted.length; at += READ_AT_ONCE) {
      events.push(...this.events.byNumbers(sorted.slice(at, at + READ_AT_ONCE), this.version));
    }
    return events;
  }

  stateEvent(root: number, type: string, stateKey: string): StoredEvent | undefined {
    const number = this.states.get(root, type, stateKey);
    return number === undefined ? undefined : this.byNumber(number);
  }

  stateContent(root: number, type: string, stateKey: string): JsonObject | undefined {
    return this.stateEvent(root, type, stateKey)?.pdu.content;
  }

  keep(event: StoredEvent): void {
    this.#byNumber.set(event.number, event);
    this.#numbers.set(event.pdu.eventId, event.number);
    this.#absent.delete(event.pdu.eventId);
  }

  /** Called when a commit has returned. */
  moved(head: Head): void {
    this.#head = head;
    if (head.extremities.length < 2) this.resolvable.forget();
  }

  /** Forgets everything read, because a change that filled the memory was undone. */
  forget(): void {
    this.#head = undefined;
    this.#version = undefined;
    this.#byNumber.clear();
    this.#numbers.clear();
    this.#absent.clear();
    this.texts.clear();
    this.resolutions.clear();
    this.resolvable.forget();
    this.early.forget();
    this.log.forget();
    this.lifecycle.forget();
    this.members.forget();
    this.states.forget();
    this.authIndex.forget();
    this.erasures.forget();
    this.guests.forget();
    this.deliveryAlarm.forget();
  }
}
