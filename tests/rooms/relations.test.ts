// The index of relations against the events themselves, and bundles for readers who are not alike.
// https://spec.matrix.org/v1.19/client-server-api/#aggregations-of-child-events
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { relationOf } from '../../src/events/relation.ts';
import { RoomData } from '../../src/rooms/room-data.ts';
import { isObject, type JsonObject } from '../../src/spec/json.ts';
import { alice, aRoom, bob, charlie, type TestRoom } from './world.ts';

const KINDS = ['m.thread', 'm.reference', 'm.replace', 'm.annotation', 'com.example'] as const;

type Deed =
  | { readonly kind: 'relate'; readonly relType: (typeof KINDS)[number]; readonly to: number; readonly by: number }
  | { readonly kind: 'redact'; readonly which: number }
  | { readonly kind: 'say' | 'restart' };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('relate' as const),
      relType: fc.constantFrom(...KINDS),
      to: fc.nat(30),
      by: fc.nat(1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('redact' as const), which: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('say' as const, 'restart' as const) }) },
);

async function perform(room: TestRoom, what: Deed, ids: string[]): Promise<void> {
  const pick = (index: number): string => ids[index % ids.length] ?? '$none';
  if (what.kind === 'restart') return room.world.restart();
  if (what.kind === 'say') ids.push(await room.send(alice, 'x'));
  if (what.kind === 'relate') ids.push(await room.relate(what.by === 0 ? alice : bob, what.relType, pick(what.to)));
  if (what.kind === 'redact')
    await room.room.writing.redact(alice, pick(what.which), {}, { scope: 'redact', id: `r${room.pos}` });
}

test('the index holds the relations that the events have, and no others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 40 }), async (deeds) => {
      const room = await aRoom();
      await room.member(bob, 'join');
      const ids = [await room.send(alice, 'root')];
      // What may not happen, such as a thread in a thread, does not.
      for (const what of deeds) await perform(room, what, ids).catch(() => undefined);
      const data = new RoomData(room.world.env(room.id));
      const expected = ids.flatMap((id) => {
        const event = data.byId(id);
        const relation = event === undefined ? undefined : relationOf(event.pdu.content);
        return relation === undefined ? [] : [`${relation.relType} ${id} → ${relation.eventId}`];
      });
      const found = ids.flatMap((parent) => {
        const everything = { relType: undefined, after: 0, to: 1000, newestFirst: false, limit: 1000 };
        const rows = data.relations.children(data.byId(parent)?.number ?? -1, everything);
        return rows.map(({ relType, number }) => `${relType} ${data.byNumber(number)?.pdu.eventId ?? ''} → ${parent}`);
      });
      assert.deepEqual(found.toSorted(), expected.toSorted());
    }),
    { numRuns: 60 },
  );
});

function bundleOf(event: JsonObject | undefined): JsonObject {
  const unsigned = event?.['unsigned'];
  const relations = isObject(unsigned) ? unsigned['m.relations'] : undefined;
  return isObject(relations) ? relations : {};
}

test('windows that look alike but for who took part in a thread are not shared', async () => {
  const room = await aRoom();
  for (const user of [bob, charlie]) await room.member(user, 'join');
  const after = room.pos;
  await room.send(alice, 'cut off');
  const root = await room.send(alice, 'root');
  await room.relate(bob, 'm.thread', root, {}, 'com.example.reply');
  const filter = {
    timeline: { limit: 1, not_types: ['com.example.reply'] },
    state: {},
    eventFields: undefined,
    eventFormat: 'client',
  } as const;
  for (const [user, participated] of [
    [charlie, false],
    [bob, true],
    [charlie, false],
  ] as const) {
    const window = await room.window(user, { after, filter });
    assert.equal(window.limited, true);
    const thread = bundleOf(window.events[0])['m.thread'];
    assert.equal(isObject(thread) && thread['current_user_participated'], participated);
  }
});

test('a window tells of the children that came until its end, for the next one tells of the rest', async () => {
  const room = await aRoom();
  await room.send(alice, 'cut off');
  const root = await room.send(alice, 'root');
  await room.relate(alice, 'm.reference', root);
  const to = room.pos;
  await room.relate(alice, 'm.reference', root);
  const window = await room.window(alice, { to, limit: 2 });
  const references = bundleOf(window.events[0])['m.reference'];
  assert.equal(isObject(references) && Array.isArray(references['chunk']) && references['chunk'].length, 1);
});

test('what an erased account had edited is told to nobody who came later', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const root = await room.send(bob, 'root');
  await room.relate(bob, 'm.replace', root, { body: 'edited' });
  await room.room.writing.senderErased(bob.userId);
  await room.member(charlie, 'join');
  const shown = async (by: typeof bob): Promise<JsonObject> => bundleOf(await room.room.reading.event(by, root, []));
  assert.deepEqual(Object.keys(await shown(alice)), ['m.replace']);
  assert.deepEqual(await shown(charlie), {});
});
