// Pages of /messages, however small and whichever way, are together what the reader may see and wants: nothing lost, nothing
// twice, over every gap in the membership. https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmessages
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Requester } from '../../src/ports/contracts/requester.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { alice, aRoom, bob, charlie, said, type TestRoom } from './world.ts';

const SETTINGS = ['joined', 'invited', 'shared', 'world_readable'] as const;
const TYPES = ['m.room.message', 'com.example.a', 'com.example.b'] as const;

type Deed =
  | { readonly kind: 'say'; readonly by: Requester; readonly type: (typeof TYPES)[number] }
  | { readonly kind: 'topic' | 'invite' | 'join' | 'leave' | 'ban' | 'unban' | 'redact' }
  | { readonly kind: 'visibility'; readonly value: (typeof SETTINGS)[number] };

const only = <T extends string>(...kinds: readonly T[]) => fc.record({ kind: fc.constantFrom(...kinds) });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      by: fc.constantFrom(alice, bob, charlie),
      type: fc.constantFrom(...TYPES),
    }),
  },
  { weight: 5, arbitrary: only('topic', 'invite', 'join', 'leave', 'ban', 'unban', 'redact') },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('visibility' as const), value: fc.constantFrom(...SETTINGS) }),
  },
);

const filters: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constant({}),
  fc.record({ types: fc.subarray(['m.room.member', 'm.room.*', ...TYPES]) }),
  fc.record({ not_types: fc.subarray(['m.room.member', 'com.example.*']) }),
  fc.record({ senders: fc.constantFrom([alice.userId], [bob.userId], [alice.userId, bob.userId]) }),
  fc.record({ not_senders: fc.constantFrom([alice.userId], [bob.userId]) }),
);

/** The same filter in the plainest words. */
function wants(filter: JsonObject, event: JsonObject): boolean {
  const [type, sender] = [String(event['type']), String(event['sender'])];
  const list = (name: string): string[] | undefined => filter[name] as string[] | undefined;
  const matches = (pattern: string): boolean =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(type);
  return (
    (list('types')?.some(matches) ?? true) &&
    !(list('not_types')?.some(matches) ?? false) &&
    (list('senders')?.includes(sender) ?? true) &&
    !(list('not_senders')?.includes(sender) ?? false)
  );
}

async function perform(room: TestRoom, what: Deed, said: string[]): Promise<void> {
  if (what.kind === 'say') said.push(await room.sendContent(what.by, { msgtype: 'm.text', body: 'x' }, what.type));
  else if (what.kind === 'topic') await room.state(alice, 'm.room.topic', '', { topic: String(room.pos) });
  else if (what.kind === 'visibility') await room.visibility(what.value);
  else if (what.kind === 'redact')
    await room.room.writing.redact(alice, said.at(-1) ?? '$none', {}, { scope: 'redact', id: String(room.pos) });
  else await room.member(what.kind === 'join' || what.kind === 'leave' ? bob : alice, what.kind, bob);
}

/** What Bob sees of everything that Alice, who was there from the beginning, sees: until he was out, if he is. */
async function visible(room: TestRoom, filter: JsonObject): Promise<string[]> {
  const everything = await room.page(alice, { direction: 'f', limit: 1000 });
  const seen: string[] = [];
  for (const event of everything.chunk.slice(0, await endFor(room, everything.chunk))) {
    const id = String(event['event_id']);
    const found = await room.room.reading.event(bob, id).catch(() => undefined);
    if (found !== undefined && wants(filter, found)) seen.push(id);
  }
  return seen;
}

/** How many of the events are told to Bob by lists: all to a member, and in a room that all the world reads. */
async function endFor(room: TestRoom, events: readonly JsonObject[]): Promise<number> {
  const setting = await room.room.reading.stateEvent(alice, 'm.room.history_visibility', '');
  const last = events.findLastIndex((event) => event['type'] === 'm.room.member' && event['state_key'] === bob.userId);
  const isOut = /"(leave|ban)"/.test(JSON.stringify(events[last]?.['content']));
  const end = isOut ? last + 1 : events.length;
  return JSON.stringify(setting['content']).includes('world_readable') ? events.length : end;
}

async function paged(room: TestRoom, direction: 'b' | 'f', limit: number, filter: JsonObject): Promise<string[]> {
  const seen: string[] = [];
  let from: number | undefined;
  do {
    const page = await room.page(bob, { direction, from, limit, filter });
    assert.ok(page.chunk.length <= limit);
    seen.push(...page.chunk.map((event) => String(event['event_id'])));
    from = page.end;
  } while (from !== undefined);
  return direction === 'f' ? seen : seen.reverse();
}

test('pages both ways are what may be seen and is wanted, each event once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SETTINGS),
      fc.array(deed, { minLength: 5, maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      filters,
      async (setting, deeds, limit, filter) => {
        const room = await aRoom('12', { visibility: setting });
        await room.member(charlie, 'join');
        const said: string[] = [];
        // What may not happen now does not happen.
        for (const what of deeds) await perform(room, what, said).catch(() => undefined);
        const mayRead = await room.page(bob, {}).then(
          () => true,
          () => false,
        );
        if (!mayRead) await room.member(bob, 'join').catch(() => undefined);
        if (!mayRead && (await room.page(bob, {}).catch(() => undefined)) === undefined) return;
        const expected = await visible(room, filter);
        assert.deepEqual(await paged(room, 'b', limit, filter), expected);
        assert.deepEqual(await paged(room, 'f', limit, filter), expected);
      },
    ),
    { numRuns: 100 },
  );
});

test('who left, was invited again and then no more may page through what the visibility `invited` showed them meanwhile', async () => {
  const room = await aRoom('12', { visibility: 'invited' });
  await room.member(bob, 'join');
  await room.member(bob, 'leave');
  const from = room.pos;
  await room.send(alice, 'before');
  await room.member(alice, 'invite', bob);
  for (const body of ['one', 'two', 'three']) await room.send(alice, body);
  await room.member(alice, 'kick', bob);
  await room.send(alice, 'after');
  const window = await room.window(bob, { membership: 'leave', after: from, limit: 1 });
  assert.equal(window.limited, true);
  const { chunk } = await room.page(bob, { from: window.prevBatch });
  const shown = [...window.events.toReversed(), ...chunk].map(said);
  assert.deepEqual(shown.slice(0, 4), ['m.room.member', 'three', 'two', 'one']);
  assert.ok(!shown.includes('before') && !shown.includes('after'));
});
