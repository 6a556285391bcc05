// Whatever happens in a room, a client that syncs with small windows and fills the gaps has seen what it may see: each event
// once, and in order; and the state that it put together is the room's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Requester } from '../../src/ports/contracts/requester.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { alice, aRoom, bob, charlie, type TestRoom } from './world.ts';

const SETTINGS = ['joined', 'invited', 'shared', 'world_readable'] as const;

type Deed =
  | { readonly kind: 'send'; readonly by: Requester }
  | { readonly kind: 'topic' | 'restart' }
  | { readonly kind: 'visibility'; readonly value: (typeof SETTINGS)[number] }
  | { readonly kind: 'invite' | 'join' | 'leave'; readonly user: Requester }
  | { readonly kind: 'sync'; readonly limit: number };

const people = fc.constantFrom(bob, charlie);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), by: fc.constantFrom(alice, bob, charlie) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('topic' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('visibility' as const), value: fc.constantFrom(...SETTINGS) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('invite' as const, 'join' as const, 'leave' as const), user: people }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('sync' as const), limit: fc.integer({ min: 1, max: 4 }) }) },
);

/** Bob's client: what it was told, and where its token stands. */
class Client {
  readonly room: TestRoom;
  readonly seen: string[] = [];
  readonly state = new Map<string, string>();
  #since: number | undefined;

  constructor(room: TestRoom) {
    this.room = room;
  }

  async sync(limit: number): Promise<void> {
    const to = this.room.pos;
    const window = await this.room.window(bob, { after: this.#since, to, limit });
    if (window.limited) await this.#fill(window.prevBatch);
    this.#see(window.events);
    for (const event of [...window.stateEvents, ...window.events]) this.#apply(event);
    this.#since = to;
  }

  /** The token is worth nothing once the user is out: the next join begins anew. */
  left(): void {
    this.#since = undefined;
    this.state.clear();
    this.seen.length = 0;
  }

  async #fill(prevBatch: number): Promise<void> {
    const events: JsonObject[] = [];
    let from: number | undefined = prevBatch;
    while (from !== undefined) {
      const page = await this.room.room.reading.messages(bob, {
        direction: 'b',
        from,
        to: this.#since,
        limit: 3,
        filter: {},
        ignored: [],
      });
      events.push(...page.chunk);
      from = page.end;
    }
    this.#see(events.reverse());
  }

  #see(events: readonly JsonObject[]): void {
    for (const event of events) this.seen.push(String(event['event_id']));
  }

  #apply(event: JsonObject): void {
    if (event['state_key'] === undefined) return;
    this.state.set(JSON.stringify([event['type'], event['state_key']]), String(event['event_id']));
  }
}

async function all(room: TestRoom, by: Requester): Promise<string[]> {
  const page = await room.page(by, { direction: 'f', limit: 1000 });
  return page.chunk.map((event) => String(event['event_id']));
}

async function perform(room: TestRoom, what: Deed, client: Client): Promise<void> {
  if (what.kind === 'send') await room.send(what.by, 'x');
  else if (what.kind === 'topic') await room.state(alice, 'm.room.topic', '', { topic: String(room.pos) });
  else if (what.kind === 'restart') room.world.restart();
  else if (what.kind === 'visibility') await room.visibility(what.value);
  else if (what.kind === 'invite') await room.member(alice, 'invite', what.user);
  else if (what.kind === 'join') await room.member(what.user, 'join');
  else if (what.kind === 'leave') {
    await room.member(what.user, 'leave');
    if (what.user === bob) client.left();
  }
}

test("windows and filled gaps together are what may be seen, each event once, and the state is the room's", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SETTINGS),
      fc.array(deed, { minLength: 5, maxLength: 40 }),
      async (setting, deeds) => {
        const room = await aRoom('12', { visibility: setting });
        const client = new Client(room);
        for (const what of [...deeds, { kind: 'join', user: bob }, { kind: 'sync', limit: 2 }] satisfies Deed[]) {
          if (what.kind !== 'sync') {
            // What may not happen now does not happen.
            await perform(room, what, client).catch(() => undefined);
            continue;
          }
          const member = await room.room.reading.stateEvent(bob, 'm.room.member', bob.userId).catch(() => undefined);
          if (member === undefined || JSON.stringify(member['content']).includes('join') === false) continue;
          await client.sync(what.limit);
          assert.deepEqual(client.seen, await all(room, bob));
          const state = await room.room.reading.state(bob);
          assert.deepEqual(new Set(client.state.values()), new Set(state.map((event) => String(event['event_id']))));
        }
      },
    ),
    { numRuns: 60 },
  );
});
