// A room's graph in memory: events with the states before and after them, resolved wherever branches meet.
import { authStateOf } from '../../../src/authorization/auth-state.ts';
import { authorize } from '../../../src/authorization/authorize.ts';
import { authEventsFor } from '../../../src/authorization/selection.ts';
import type { Pdu } from '../../../src/events/pdu.ts';
import type { RoomVersion } from '../../../src/events/room-version.ts';
import { AuthChains } from '../../../src/state/auth-chains/auth-chains.ts';
import { EMPTY, type Root } from '../../../src/state/map/root.ts';
import { StateMap } from '../../../src/state/map/state-map.ts';
import type { ResolvableRoom } from '../../../src/state/resolution/resolution.ts';
import { resolve, type ResolvedEntry } from '../../../src/state/resolution/resolve.ts';
import type { RoomEvent } from '../../../src/state/resolution/room-events.ts';
import { creation } from '../../authorization/room-builder.ts';
import { alice, type Deed } from '../../authorization/people.ts';
import { MemoryAuthChains } from '../auth-chains/memory-store.ts';
import { Rows } from '../rows.ts';

/** What a test may say of an event besides the deed. */
export interface Place {
  /** The events before it, by name; the last event that was added unless given. */
  readonly after?: readonly string[];
  readonly id?: string;
  readonly at?: number;
  readonly depth?: number;
  /** Its auth events, by name, instead of those that the state before it selects. */
  readonly citing?: readonly string[];
  readonly rejected?: RoomEvent['rejected'];
}

export class Graph implements ResolvableRoom {
  readonly version: RoomVersion;
  readonly rows = new Rows();
  readonly map = new StateMap(this.rows);
  readonly store = new MemoryAuthChains();
  readonly chains = new AuthChains(this.store, this.map);
  readonly create = 0;
  readonly all: RoomEvent[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #after: Root[] = [];
  readonly #keys = new Map<string, number>();
  /** How many events a resolution has asked for. */
  eventsRead = 0;

  constructor(version: RoomVersion) {
    this.version = version;
  }

  events(numbers: readonly number[]): RoomEvent[] {
    this.eventsRead += numbers.length;
    return numbers.flatMap((number) => this.all[number] ?? []);
  }

  key(type: string, stateKey: string): number | undefined {
    return this.#keys.get(nameOf(type, stateKey));
  }

  number(name: string): number {
    const number = this.#numbers.get(name);
    if (number === undefined) throw new Error(`there is no event ${name}`);
    return number;
  }

  /** The state after an event. */
  after(name: string): Root {
    return this.#after[this.number(name)] ?? EMPTY;
  }

  /** Adds an event as it is. */
  add(pdu: Pdu, rejected?: RoomEvent['rejected']): Root {
    const number = this.all.length;
    const before = this.resolve(pdu.prevEvents.map((id) => this.after(id)));
    this.all.push({ number, pdu, rejected });
    this.#numbers.set(pdu.eventId, number);
    const auth = pdu.authEvents.map((id) => this.number(id));
    const sameKey = auth.find((one) => {
      const cited = this.all[one]?.pdu;
      return cited?.type === pdu.type && cited.stateKey === pdu.stateKey;
    });
    if (pdu.stateKey !== undefined) this.chains.add(number, auth, sameKey);
    const after =
      pdu.stateKey === undefined || rejected !== undefined
        ? before
        : this.edit(before, [{ type: pdu.type, stateKey: pdu.stateKey, number }]);
    this.#after.push(after);
    return after;
  }

  /** Adds what somebody does, and says whether the state before it allowed it. */
  does(deed: Deed, place: Place = {}): string {
    const number = this.all.length;
    const id = place.id ?? `$${number}${this.version.eventId === 'carried' ? ':a.example' : ''}`;
    const last = this.all.at(-1)?.pdu.eventId;
    const prevEvents = place.after ?? deed.prevEvents ?? (last === undefined ? [] : [last]);
    const before = this.resolve(prevEvents.map((name) => this.after(name)));
    const selected = authEventsFor(deed, this.version).flatMap(
      ({ type, stateKey }) => this.held(before, type, stateKey) ?? [],
    );
    const isCreate = deed.type === 'm.room.create';
    this.add(
      {
        eventId: id,
        roomId: this.version.roomIdIsCreateHash ? '!0' : '!room:a.example',
        type: deed.type,
        sender: deed.sender,
        stateKey: deed.stateKey,
        content: deed.content,
        prevEvents,
        authEvents: place.citing ?? selected,
        depth: place.depth ?? number,
        originServerTs: place.at ?? number,
        redacts: undefined,
        json: isCreate && this.version.roomIdIsCreateHash ? {} : { room_id: '!' },
      },
      place.rejected,
    );
    return id;
  }

  /** The same, for what must be allowed by the state before it and by its auth events. */
  must(deed: Deed, place: Place = {}): string {
    const id = this.does(deed, place);
    const pdu = this.all[this.number(id)]!.pdu;
    const before = this.resolve(pdu.prevEvents.map((name) => this.after(name)));
    const create = this.all[0]?.pdu;
    const cited = pdu.authEvents.flatMap((name) => this.all[this.number(name)]?.pdu ?? []);
    for (const state of [
      { get: (type: string, stateKey: string) => this.pduIn(before, type, stateKey) },
      authStateOf(this.version.roomIdIsCreateHash && create !== undefined ? [create, ...cited] : cited),
    ]) {
      const verdict = authorize(pdu, this.version, state);
      if (!verdict.allowed) throw new Error(`${deed.sender} ${deed.type} is not allowed: ${verdict.reason}`);
    }
    return id;
  }

  /** The resolution of states, as a state. */
  resolve(roots: readonly Root[]): Root {
    const [base = EMPTY] = roots;
    return this.edit(base, resolve(this, roots));
  }

  edit(root: Root, entries: readonly ResolvedEntry[]): Root {
    const changes = entries.map(({ type, stateKey, number }) => {
      const name = nameOf(type, stateKey);
      let key = this.#keys.get(name);
      if (key === undefined) this.#keys.set(name, (key = this.#keys.size));
      return [key, number] as const;
    });
    return this.map.edit(root, new Map(changes));
  }

  /** What the states after these events resolve to. */
  merged(...names: readonly string[]): Root {
    return this.resolve(names.map((name) => this.after(name)));
  }

  /** The id of the event that a state holds for a key. */
  held(root: Root, type: string, stateKey = ''): string | undefined {
    return this.pduIn(root, type, stateKey)?.eventId;
  }

  pduIn(root: Root, type: string, stateKey: string): Pdu | undefined {
    const key = this.key(type, stateKey);
    const number = key === undefined ? undefined : this.map.get(root, key);
    return number === undefined ? undefined : this.all[number]?.pdu;
  }

  /** A state as the ids of its events, in order. */
  ids(root: Root): string[] {
    return Array.from(this.map.entries(root), ([, number]) => this.all[number]?.pdu.eventId ?? '?').toSorted();
  }

  /** The membership that a state gives somebody. */
  membership(root: Root, userId: string): unknown {
    return this.pduIn(root, 'm.room.member', userId)?.content['membership'];
  }
}

function nameOf(type: string, stateKey: string): string {
  return JSON.stringify([type, stateKey]);
}

/** Alice's room with `joinRule`, and these power levels beside her own. The create event is `$create`. */
export function aGraph(version: RoomVersion, users: Record<string, number> = {}, joinRule = 'public'): Graph {
  const graph = new Graph(version);
  graph.must(creation(alice, version), { id: version.eventId === 'carried' ? '$create:a.example' : '$0' });
  graph.must(alice.joins());
  const own: Record<string, number> = version.privilegedCreators ? {} : { [alice.id]: 100 };
  graph.must(alice.ranks({ users: { ...own, ...users } }));
  graph.must(alice.opens(joinRule));
  return graph;
}
