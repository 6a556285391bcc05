// The RoomEventFilter. https://spec.matrix.org/v1.19/client-server-api/#filtering
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pduOf } from '../../src/events/read-pdu.ts';
import { DEFAULT_ROOM_VERSION } from '../../src/events/room-versions.ts';
import { EventFilter, pickFields, typeMatches } from '../../src/rooms/reading/event-filter.ts';
import type { JsonObject } from '../../src/spec/json.ts';

const ROOM = '!room';

function lets(filter: JsonObject, event: JsonObject): boolean {
  const whole = { type: 'm.room.message', sender: '@a:b', content: {}, ...event };
  return new EventFilter(filter, ROOM).lets(pduOf(whole, DEFAULT_ROOM_VERSION, '$x'));
}

test('an absent list lets all through, an empty one nothing', () => {
  assert.equal(lets({}, {}), true);
  assert.equal(lets({ types: [] }, {}), false);
  assert.equal(lets({ senders: [] }, {}), false);
  assert.equal(lets({ not_types: [], not_senders: [] }, {}), true);
});

test('what is excluded stays excluded, even if it is asked for', () => {
  assert.equal(lets({ types: ['m.room.message'], not_types: ['m.room.*'] }, {}), false);
  assert.equal(lets({ senders: ['@a:b'], not_senders: ['@a:b'] }, {}), false);
});

test('a room that is not asked for gives nothing', () => {
  assert.equal(lets({ rooms: ['!other'] }, {}), false);
  assert.equal(lets({ rooms: [ROOM] }, {}), true);
  assert.equal(lets({ rooms: [ROOM], not_rooms: [ROOM] }, {}), false);
});

test('contains_url has three settings', () => {
  const withUrl = { content: { url: 'mxc://a/b' } };
  assert.deepEqual([lets({ contains_url: true }, withUrl), lets({ contains_url: true }, {})], [true, false]);
  assert.deepEqual([lets({ contains_url: false }, withUrl), lets({ contains_url: false }, {})], [false, true]);
  assert.deepEqual([lets({}, withUrl), lets({}, {})], [true, true]);
  assert.equal(lets({ contains_url: true }, { content: { url: 5 } }), false);
});

test('a star stands for any characters, as often as it is written', () => {
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 6 });
  const types = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
  fc.assert(
    fc.property(patterns, types, (pattern, type) => {
      const expected = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(type);
      assert.equal(typeMatches(pattern, type), expected);
    }),
  );
});

test('event_fields follows dots, except escaped ones, and makes no empty objects', () => {
  const event = { type: 't', content: { body: 'x', 'a.b': 1, deep: { er: [2], other: 3 } } };
  assert.deepEqual(pickFields(event, ['type', 'content.body']), { type: 't', content: { body: 'x' } });
  assert.deepEqual(pickFields(event, ['content.a\\.b', 'content.deep.er']), {
    content: { 'a.b': 1, deep: { er: [2] } },
  });
  assert.deepEqual(pickFields(event, ['content.none.at.all', 'toString', 'content.body.length']), {});
  assert.deepEqual(pickFields(event, ['content', 'content.body']), { content: event.content });
});
