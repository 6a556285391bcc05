// Two ways to keep auth chains, on generated graphs: chain cover (which Hearth has) and bit sets over the events' numbers, both
// as persistent maps that share what they have in common; and bit sets written out. `node bench/auth-chains.ts [events]`
import type { AuthChainStore, IndexedEvent } from '../src/state/auth-chains/auth-chain-store.ts';
import { AuthChains } from '../src/state/auth-chains/auth-chains.ts';
import { EMPTY, type Root } from '../src/state/map/root.ts';
import { StateMap } from '../src/state/map/state-map.ts';

/** An event's auth events, and that of them which has its key. */
interface Made {
  readonly auth: readonly number[];
  readonly sameKey?: number | undefined;
}

interface Shape {
  readonly name: string;
  readonly events: readonly Made[];
}

class Counted {
  readonly rows: Uint8Array[] = [];
  bytes = 0;

  read(row: number): Uint8Array {
    return this.rows[row - 1]!;
  }

  append(bytes: Uint8Array): number {
    this.bytes += bytes.length;
    return this.rows.push(bytes);
  }
}

class Store implements AuthChainStore {
  readonly events = new Map<number, IndexedEvent>();
  readonly continued = new Set<number>();

  get(number: number): IndexedEvent | undefined {
    return this.events.get(number);
  }

  many(numbers: readonly number[]): IndexedEvent[] {
    return numbers.flatMap((number) => this.events.get(number) ?? []);
  }

  put(event: IndexedEvent): void {
    this.events.set(event.number, event);
    if (event.previous !== undefined) this.continued.add(event.previous);
  }

  endsChain(number: number): boolean {
    return !this.continued.has(number);
  }

  citing(): number[] {
    return [];
  }
}

/** Bit sets over the numbers: the auth chain of an event as a map in which each of its members has an entry. */
class BitSets {
  readonly map: StateMap;
  readonly roots: Root[] = [];
  readonly #unions = new Map<string, Root>();

  constructor(map: StateMap) {
    this.map = map;
  }

  add({ auth }: Made): void {
    const name = auth.join();
    let root = this.#unions.get(name);
    if (root === undefined) {
      this.#unions.set(name, (root = this.#union(auth)));
      if (this.#unions.size > 256) this.#unions.clear();
    }
    this.roots.push(root);
  }

  reaches(from: number, to: number): boolean {
    return this.map.get(this.roots[from] ?? EMPTY, to) !== undefined;
  }

  #union(auth: readonly number[]): Root {
    const sized = auth.map((one) => ({ one, root: this.roots[one] ?? EMPTY }));
    const sorted = sized.toSorted((a, b) => this.map.size(b.root) - this.map.size(a.root));
    const base = sorted[0]?.root ?? EMPTY;
    const more = new Map<number, number>();
    for (const { one, root } of sorted) {
      if (more.has(one) || this.map.get(base, one) !== undefined) continue;
      more.set(one, 0);
      for (const { key, before } of this.map.difference(base, root)) if (before === undefined) more.set(key, 0);
    }
    return this.map.edit(base, more);
  }
}

/** Bit sets written out: what one needs if nothing is shared, as the differences between its members' numbers. */
function writtenOut(events: readonly Made[]): number {
  const chains: (readonly number[])[] = [];
  let bytes = 0;
  for (const { auth } of events) {
    const chain = [...new Set(auth.flatMap((one) => [one, ...(chains[one] ?? [])]))].toSorted((a, b) => a - b);
    chains.push(chain);
    chain.forEach((one, index) => (bytes += one - (chain[index - 1] ?? 0) < 128 ? 1 : 2));
    if (bytes > 2e9) return Infinity;
  }
  return bytes;
}

let seed = 1;
const random = (limit: number): number => (seed = (seed * 48_271) % 2_147_483_647) % limit;

/** Members join; now and then one of `moderators` changes the levels, and everybody changes a profile later. */
function publicRoom(count: number, every: number, moderators: number): Made[] {
  const events: Made[] = [{ auth: [] }, { auth: [0] }, { auth: [0, 1] }, { auth: [0, 1, 2] }];
  const rules = 3;
  let levels = 2;
  const members = [1];
  while (events.length < count) {
    const number = events.length;
    if (number % every === 0) {
      const moderator = members[random(Math.min(moderators, members.length))]!;
      events.push({ auth: [0, levels, moderator], sameKey: levels });
      levels = number;
    } else if (members.length > count / 2) {
      const who = random(members.length);
      events.push({ auth: [0, levels, rules, members[who]!], sameKey: members[who] });
      members[who] = number;
    } else {
      events.push({ auth: [0, levels, rules] });
      members.push(number);
    }
  }
  return events;
}

/** Who is in invites the next; `inviter` says who that is among so many. */
function invitations(count: number, inviter: (members: number) => number): Made[] {
  const events: Made[] = [{ auth: [] }, { auth: [0] }, { auth: [0, 1] }, { auth: [0, 1, 2] }];
  const members = [1];
  while (events.length + 1 < count) {
    const invite = events.length;
    events.push({ auth: [0, 2, 3, members[inviter(members.length)]!] });
    events.push({ auth: [0, 2, 3, invite], sameKey: invite });
    members.push(invite + 1);
  }
  return events;
}

const count = Number(process.argv[2] ?? 20_000);
const shapes: Shape[] = [
  { name: 'public room, levels change every 1000 events', events: publicRoom(count, 1000, 1) },
  { name: 'public room, levels change every 20, 50 moderators', events: publicRoom(count, 20, 50) },
  { name: 'invitations, by anybody', events: invitations(count, random) },
  { name: 'invitations, each newcomer invites the next', events: invitations(count, (members) => members - 1) },
];

function timed(events: readonly Made[], add: (event: Made, number: number) => void): string {
  const start = performance.now();
  events.forEach(add);
  return `${(((performance.now() - start) / events.length) * 1000).toFixed(1)} µs an event`;
}

function asked(events: readonly Made[], reaches: (from: number, to: number) => boolean): string {
  const start = performance.now();
  let yes = 0;
  for (let n = 0; n < 20_000; n++) {
    const from = random(events.length);
    if (reaches(from, random(from + 1))) yes++;
  }
  const each = ((performance.now() - start) / 20_000) * 1000;
  return `${each.toFixed(2)} µs a question (${yes} yes)`;
}

for (const { name, events } of shapes) {
  console.log(`\n${name}: ${events.length} state events`);
  const print = (what: string, bytes: number, ...more: string[]): void =>
    console.log(
      `  ${what.padEnd(24)} ${(bytes / events.length).toFixed(0).padStart(6)} bytes an event, ${more.join(', ')}`,
    );
  const [chainRows, bitRows] = [new Counted(), new Counted()];
  const chains = new AuthChains(new Store(), new StateMap(chainRows));
  const took = timed(events, ({ auth, sameKey }, number) => chains.add(number, auth, sameKey));
  const get = (number: number): IndexedEvent => chains.get(number)!;
  seed = 1;
  const answered = asked(events, (from, to) => chains.reaches(get(from), get(to)));
  print('chain cover', chainRows.bytes, took, answered, `${chainRows.rows.length} rows`);
  const bits = new BitSets(new StateMap(bitRows));
  const bitsTook = timed(events, (event) => bits.add(event));
  seed = 1;
  const bitsAnswered = asked(events, (from, to) => bits.reaches(from, to));
  print('bit sets, shared', bitRows.bytes, bitsTook, bitsAnswered, `${bitRows.rows.length} rows`);
  console.log(
    `  bit sets, written out     ${(writtenOut(events.slice(0, 4000)) / 4000).toFixed(0).padStart(5)} bytes an event, of the first 4,000`,
  );
}
