// Rooms as several servers make them: each sees the others' events late, branches and merges, and not everybody is honest.
// One seed makes one room. Ids are made up and nothing is signed or hashed, so that ten thousand rooms are cheap.
import type { Pdu } from '../../src/events/pdu.ts';
import { judgeByAuthEvents, judgeByState } from './authorization.ts';
import { chooseAct, type Act } from './graph-act.ts';
import { placedAct, type Place } from './placed-act.ts';
import { resolveStates } from './history.ts';
import { membershipOf } from './member-rules.ts';
import { domainOf, placeOf, type State } from './ruling.ts';
import { SeededRandom } from './seeded-random.ts';
import { authEventsSelected, placesSelected } from './selection.ts';

/** A room's events, each after what it refers to, and some sets of events at which a server might find itself. */
export interface RoomGraph {
  readonly version: string;
  readonly seed: number;
  readonly events: ReadonlyMap<string, Pdu>;
  readonly forks: readonly (readonly string[])[];
}

export interface RoomGraphOptions {
  readonly version: string;
  /** How many events, the first few that make the room included. Default: 25 to 69. */
  readonly size?: number;
  /** How many servers, 2 to 4. Default: the seed's choice. */
  readonly servers?: number;
  /** How often an event comes with prev_events or auth_events that no honest server chooses, 0 to 1. Default: the seed's choice. */
  readonly hostility?: number;
  /** False: everybody learns of every event at once, so that each has one event before it. Default true. */
  readonly branches?: boolean;
  /** False: nobody redacts anything, for who applies redactions, which the oracles do not. Default true. */
  readonly redactions?: boolean;
}

/** A server and what it has received so far. */
interface Server {
  readonly name: string;
  readonly users: readonly string[];
  readonly known: string[];
  readonly inbox: string[];
  readonly extremities: Set<string>;
  /** How likely it is that it reads its next event before anybody acts. */
  speed: number;
}

const NAMES: readonly (readonly [server: string, ...users: string[]])[] = [
  ['a.example', '@alice:a.example', '@anna:a.example'],
  ['b.example', '@bob:b.example', '@bert:b.example'],
  ['c.example', '@carol:c.example', '@cleo:c.example'],
  ['d.example', '@dave:d.example'],
];

export function makeRoomGraph(seed: number, options: RoomGraphOptions): RoomGraph {
  return new RoomMaker(seed, options).make();
}

class RoomMaker {
  private readonly seed: number;
  private readonly version: string;
  private readonly size: number;
  private readonly hostility: number;
  private readonly branches: boolean;
  private readonly redactions: boolean;
  private readonly random: SeededRandom;
  private readonly servers: readonly Server[];
  private readonly events = new Map<string, Pdu>();
  private readonly rejected = new Set<string>();
  private readonly after = new Map<string, State>();
  private roomId = '!room:a.example';

  constructor(seed: number, options: RoomGraphOptions) {
    this.seed = seed;
    this.version = options.version;
    this.random = new SeededRandom(seed * 12 + Number(options.version));
    this.size = options.size ?? 25 + this.random.below(45);
    this.hostility = options.hostility ?? this.random.pick([0, 0.05, 0.12, 0.3]);
    this.branches = options.branches ?? true;
    this.redactions = options.redactions ?? true;
    this.servers = NAMES.slice(0, options.servers ?? 2 + this.random.below(3)).map(([name, ...users]) => ({
      name,
      users,
      known: [],
      inbox: [],
      extremities: new Set<string>(),
      speed: 1,
    }));
  }

  make(): RoomGraph {
    this.begin();
    // Rooms that nobody can speak in any more end early.
    for (let left = this.size * 6; left > 0 && this.events.size < this.size; left--) this.step();
    const ids = [...this.events.keys()];
    const forks = Array.from({ length: 8 }, () =>
      this.random.some(ids, 2 + this.random.below(this.random.chance(0.2) ? 12 : 3)),
    );
    return { version: this.version, seed: this.seed, events: this.events, forks };
  }

  /** What the first server does to make the room. */
  private begin(): void {
    const { random } = this;
    const version = Number(this.version);
    const [home] = this.servers;
    const [alice, anna] = home!.users;
    const additional = version >= 12 && random.chance(0.4) ? random.some([anna!, '@bob:b.example'], 2) : [];
    const creators = [alice!, ...additional];
    const create = {
      room_version: this.version,
      ...(version <= 10 ? { creator: alice! } : {}),
      ...(additional.length > 0 ? { additional_creators: additional } : {}),
      ...(random.chance(0.04) ? { 'm.federate': false } : {}),
    };
    const acts: Act[] = [
      { type: 'm.room.create', sender: alice!, stateKey: '', content: create },
      { type: 'm.room.member', sender: alice!, stateKey: alice!, content: { membership: 'join' } },
    ];
    if (random.chance(0.92)) {
      const users = this.firstLevels(alice!, creators);
      const events = random.chance(0.6) ? { 'm.room.power_levels': random.pick([10, 50]) } : {};
      acts.push({ type: 'm.room.power_levels', sender: alice!, stateKey: '', content: { users, events } });
    }
    if (random.chance(0.95)) {
      const rule = random.pick(['public', 'public', 'public', 'invite', 'restricted', 'knock']);
      acts.push({ type: 'm.room.join_rules', sender: alice!, stateKey: '', content: { join_rule: rule } });
    }
    for (const act of acts) this.send(home!, act, [...home!.extremities]);
    for (const server of this.servers) while (server.inbox.length > 0) this.receive(server);
  }

  private step(): void {
    const { random } = this;
    for (const server of this.servers) {
      if (this.branches && random.chance(0.08)) server.speed = random.pick([0, 0.1, 0.4, 0.9]);
      while (server.inbox.length > 0 && random.chance(server.speed)) this.receive(server);
    }
    const server = random.pick(this.servers);
    const prevEvents = this.choosePrevEvents(server);
    const state = this.stateAt(prevEvents);
    const users = this.servers.flatMap((each) => each.users);
    const room = this.room();
    for (let left = 9; ; left--) {
      const act = chooseAct({ random, room, state, actor: this.chooseActor(server, state), users });
      // A room has one root. A second one that claims to come after something is rejected for it; in version 12 it is the root
      // of another room.
      const isRoot = act.type === 'm.room.create' && (prevEvents.length === 0 || this.version === '12');
      if (isRoot) continue;
      if (act.type === 'm.room.redaction' && !this.redactions) continue;
      const event = this.draft(act, prevEvents, state);
      const allowed = judgeByAuthEvents(room, event).allowed && judgeByState(room, event, state).allowed;
      if (allowed || random.chance(0.025)) return this.add(server, event, state, allowed);
      if (left <= 0) return;
    }
  }

  /** Who may do something is more often in the room than not. */
  private chooseActor(server: Server, state: State): string {
    const { random } = this;
    const joined = server.users.filter((user) => membershipOf(this.room(), state, user) === 'join');
    return random.pick(joined.length > 0 && random.chance(0.7) ? joined : server.users);
  }

  /** Several people with power, so that they can fight. */
  private firstLevels(alice: string, creators: readonly string[]): Record<string, number> {
    const { random } = this;
    const users: Record<string, number> = Number(this.version) >= 12 ? {} : { [alice]: 100 };
    for (const user of this.servers.flatMap((each) => each.users))
      if (!creators.includes(user) && random.chance(0.4)) users[user] = random.pick([50, 50, 75, 100]);
    return users;
  }

  private choosePrevEvents(server: Server): string[] {
    const { random } = this;
    if (!this.branches || !random.chance(this.hostility)) return [...server.extremities].slice(-20);
    return random.chance(0.02) ? [] : random.some(server.known, 1 + random.below(3));
  }

  private send(server: Server, act: Act, prevEvents: readonly string[]): void {
    const state = this.stateAt(prevEvents);
    const event = this.draft(act, prevEvents, state);
    const room = this.room();
    this.add(server, event, state, judgeByAuthEvents(room, event).allowed && judgeByState(room, event, state).allowed);
  }

  private add(server: Server, event: Pdu, before: State, allowed: boolean): void {
    const id = event.eventId;
    this.events.set(id, event);
    if (!allowed) this.rejected.add(id);
    const takesPlace = allowed && event.stateKey !== undefined;
    this.after.set(id, takesPlace ? new Map(before).set(placeOf(event.type, event.stateKey!), id) : before);
    for (const other of this.servers) if (other !== server) other.inbox.push(id);
    this.learn(server, id, false);
  }

  private receive(server: Server): void {
    // As if it were soft-failed, which depends on what else a server knows: it is no extremity here until somebody cites it.
    this.learn(server, server.inbox.shift()!, this.branches && this.events.size > 4 && this.random.chance(0.08));
  }

  private learn(server: Server, id: string, softFailed: boolean): void {
    server.known.push(id);
    if (softFailed || this.rejected.has(id)) return;
    for (const prev of this.events.get(id)!.prevEvents) server.extremities.delete(prev);
    server.extremities.add(id);
  }

  private draft(act: Act, prevEvents: readonly string[], state: State): Pdu {
    const mark = this.random.below(36 ** 3);
    const version = Number(this.version);
    const name = `${mark.toString(36).padStart(3, '0')}-${this.events.size}`;
    const isFirst = this.events.size === 0;
    if (isFirst && version >= 12) this.roomId = `!${name}`;
    const depths = prevEvents.map((prev) => this.events.get(prev)!.depth);
    const place: Place = {
      version: this.version,
      id: version <= 2 ? `$${name}:${domainOf(act.sender)}` : `$${name}`,
      ...(isFirst && version >= 12 ? {} : { roomId: this.roomId }),
      prevEvents,
      authEvents: [],
      // Not every server counts right.
      depth: mark % 17 === 0 ? mark % 30 : Math.max(0, ...depths) + 1,
      // Clocks differ, and often enough two events have the same time.
      timestamp: Math.floor(this.events.size / 4) + (mark % 12),
    };
    return placedAct(act, { ...place, authEvents: this.chooseAuthEvents(placedAct(act, place), state) });
  }

  private chooseAuthEvents(event: Pdu, state: State): string[] {
    const { random } = this;
    const selected = authEventsSelected(this.version, event, state);
    if (this.events.size < 5 || !random.chance(this.hostility)) return selected;
    const all = [...this.events.values()];
    const places = placesSelected(this.version, event);
    const stale = all.filter(
      ({ type, stateKey }) => stateKey !== undefined && places.includes(placeOf(type, stateKey)),
    );
    const at = random.below(Math.max(1, selected.length));
    switch (random.weighted({ drop: 4, stale: 8, twice: 1, other: 1, unknown: 1 })) {
      case 'drop':
        return selected.toSpliced(at, 1);
      case 'stale': {
        // Any event that ever stood in the same place, on whatever branch, rejected ones among them.
        const instead = stale.length > 0 ? random.pick(stale) : undefined;
        if (instead === undefined) return selected;
        const kept = selected.filter((id) => {
          const { type, stateKey } = this.events.get(id)!;
          return type !== instead.type || stateKey !== instead.stateKey;
        });
        return [...kept, instead.eventId];
      }
      case 'twice':
        return [...selected, ...selected.slice(at, at + 1)];
      case 'other':
        return [...selected, random.pick(all).eventId];
      case 'unknown':
        return [...selected, `$unknown${Number(this.version) <= 2 ? ':a.example' : ''}`];
    }
  }

  private stateAt(ids: readonly string[]): State {
    if (ids.length === 0) return new Map();
    if (ids.length === 1) return this.after.get(ids[0]!)!;
    return resolveStates(
      this.room(),
      ids.map((id) => this.after.get(id)!),
    );
  }

  private room() {
    return { version: this.version, events: this.events, rejected: this.rejected };
  }
}
