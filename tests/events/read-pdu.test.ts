import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import { contentHashMatches } from '../../src/events/content-hash.ts';
import { eventIdOf } from '../../src/events/event-id.ts';
import { redact } from '../../src/events/redaction.ts';
import { readPdu, type PduFault, type PduReadingOptions } from '../../src/events/read-pdu.ts';
import type { Pdu } from '../../src/events/pdu.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';
import { canonicalJson } from '../../src/spec/canonical-json.ts';
import type { Json } from '../../src/spec/json.ts';
import { readJson } from '../../src/spec/strict-json.ts';
import { build, versionOf, wire } from './event-samples.ts';

const v1 = versionOf('1');
const v5 = versionOf('5');
const v10 = versionOf('10');
const v11 = versionOf('11');
const v12 = versionOf('12');

function read(value: Json, version: RoomVersion, options?: PduReadingOptions): Pdu {
  const reading = readPdu(value, version, options);
  assert.ok(reading.ok, reading.ok ? '' : reading.reason);
  return reading.pdu;
}

function assertRefused(value: Json, version: RoomVersion, reason: PduFault, options?: PduReadingOptions): void {
  const reading = readPdu(value, version, options);
  assert.equal(reading.ok ? 'accepted' : reading.reason, reason);
}

for (const version of ROOM_VERSIONS) {
  test(`an event of our own reads as it was built, version ${version.id}`, () => {
    const built = build(version, { stateKey: '' });
    const text = canonicalJson(built.json);
    assert.deepEqual(read(readJson(text).value, version), built);
  });

  test(`every field is needed and has its type, version ${version.id}`, () => {
    const faults: [string, readonly Json[], PduFault][] = [
      ['sender', [1, 'alice', '@alice', '@alice:', '@a:b c', `@${'a'.repeat(251)}:hs1`, '@\ud800:hs1'], 'bad-sender'],
      ['type', [null, 3, 'é'.repeat(128)], 'bad-type'],
      ['content', [null, [], 'x'], 'bad-content'],
      ['depth', [-1, '1', null, version.depthMaximum * 2], 'bad-depth'],
      ['origin_server_ts', ['1', null, 2 ** 53], 'bad-origin-server-ts'],
      ['prev_events', [null, {}, 'x', [1], ['prev'], [[]], [['$a:b']], [null]], 'bad-prev-events'],
      ['auth_events', [null, {}, [1], ['auth'], [['$a:b', {}, 1]]], 'bad-auth-events'],
      ['hashes', [null, {}, { sha256: 1 }, []], 'bad-hashes'],
      ['signatures', [null, [], { a: 1 }, { a: { b: 1 } }], 'bad-signatures'],
      ['room_id', [1, 'x', `!${'r'.repeat(300)}:hs1`, '!'], 'bad-room-id'],
    ];
    for (const [name, values, fault] of faults) {
      assertRefused(wire(version, { [name]: undefined }), version, fault);
      for (const value of values) assertRefused(wire(version, { [name]: value }), version, fault);
    }
    for (const stateKey of [null, 1, 'k'.repeat(256)])
      assertRefused(wire(version, { state_key: stateKey }), version, 'bad-state-key');
    assertRefused(wire(version, { unsigned: [] }), version, 'bad-unsigned');
    read(wire(version, { state_key: 'k'.repeat(255), type: '' }), version);
  });
}

test('what is no object is no event', () => {
  for (const value of [null, [], 'x', 1, true]) assertRefused(value, v11, 'not-an-object');
});

test('historical user ids may send, with any localpart but a colon or NUL', () => {
  for (const sender of ['@Alice:hs1', '@:hs1', '@a b:hs1', '@日本:hs1', '@a\u0001:[::1]:8448', '@x:HS1.Example']) {
    assert.equal(read(wire(v11, { sender }), v11).sender, sender);
  }
  assertRefused(wire(v11, { sender: '@a\0b:hs1' }), v11, 'bad-sender');
});

test('twenty previous and ten auth events are the most, except in answers to backfill', () => {
  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `$${index}`);
  read(wire(v11, { prev_events: ids(20), auth_events: ids(10) }), v11);
  assertRefused(wire(v11, { prev_events: ids(21) }), v11, 'too-many-prev-events');
  assertRefused(wire(v11, { auth_events: ids(11) }), v11, 'too-many-auth-events');
  assert.equal(
    read(wire(v11, { prev_events: ids(21), auth_events: ids(11) }), v11, { countReferences: false }).prevEvents.length,
    21,
  );
});

test('references are pairs in versions 1 and 2 and ids after that', () => {
  const pairs = [['$a:hs1', { sha256: 'x' }]];
  assert.deepEqual(read(wire(v1, { prev_events: pairs }), v1).prevEvents, ['$a:hs1']);
  assertRefused(wire(v1, { prev_events: ['$a:hs1'] }), v1, 'bad-prev-events');
  assertRefused(wire(v11, { prev_events: pairs }), v11, 'bad-prev-events');
});

test('65,536 bytes of canonical JSON are the most, signatures and unsigned included', () => {
  const padding = (bytes: number): Json => wire(v11, { content: { body: 'é' + 'x'.repeat(bytes) } });
  const room = 65_536 - new TextEncoder().encode(canonicalJson(padding(0))).length;
  read(padding(room), v11);
  assertRefused(padding(room + 1), v11, 'too-large');
  assertRefused(wire(v11, { unsigned: { x: 'x'.repeat(65_536) } }), v11, 'too-large');
});

test('canonical JSON is enforced from version 6 on, and not before', () => {
  for (const n of [1.5, 2 ** 53, 1e300]) {
    assertRefused(wire(v10, { content: { n } }), v10, 'not-canonical');
    read(wire(v5, { content: { n } }), v5);
  }
  assertRefused(wire(v10), v10, 'not-canonical', { integersOnly: false });
  read(wire(v5), v5, { integersOnly: false });
  assertRefused(wire(v5, { content: { n: Infinity } }), v5, 'not-canonical');
});

test('depth has the limit of its version, and ours never goes beyond 2^53 - 1', () => {
  assert.equal(read(wire(v11, { depth: Number.MAX_SAFE_INTEGER }), v11).depth, Number.MAX_SAFE_INTEGER);
  assertRefused(wire(v11, { depth: 2 ** 53 }), v11, 'bad-depth');
  const huge = readJson(canonicalJson(wire(v5)).replace('"depth":7', '"depth":9223372036854775807')).value;
  assert.equal(read(huge, v5).depth, Number.MAX_SAFE_INTEGER);
});

test('versions 1 and 2 carry an id of the form $opaque:domain; later an id that is sent along counts for nothing', () => {
  for (const id of [undefined, 1, '$x', 'x:hs1', '$x:', `$${'x'.repeat(255)}:hs1`]) {
    assertRefused(wire(v1, { event_id: id }), v1, 'bad-event-id');
  }
  const honest = read(wire(v11), v11);
  const forged = wire(v11, { event_id: '$forged' });
  assert.deepEqual(read(forged, v11), honest);
  assert.equal(eventIdOf(forged, v11), honest.eventId);
  assert.ok(contentHashMatches(forged, v11));
});

test('version 12: the create event gives the room its id, every other event names it by the hash', () => {
  const created = read(wire(v12, { type: 'm.room.create', state_key: '', room_id: undefined }), v12);
  assert.equal(created.roomId, `!${created.eventId.slice(1)}`);
  for (const roomId of ['!room:hs1', `!${'r'.repeat(42)}`, `!${'r'.repeat(42)}/`, `$${'r'.repeat(43)}`]) {
    assertRefused(wire(v12, { room_id: roomId }), v12, 'bad-room-id');
  }
  const claimed = read(wire(v12, { type: 'm.room.create', state_key: '' }), v12);
  assert.equal(claimed.roomId, `!${claimed.eventId.slice(1)}`);
  assertRefused(wire(v11, { type: 'm.room.create', room_id: undefined }), v11, 'bad-room-id');
});

test('what is redacted is read from where the version puts it, and of redactions only', () => {
  const type = 'm.room.redaction';
  const both = { type, redacts: '$top', content: { redacts: '$content' } };
  assert.equal(read(wire(v10, both), v10).redacts, '$top');
  assert.equal(read(wire(v11, both), v11).redacts, '$content');
  assert.equal(read(wire(v11, { type, content: { redacts: 7 } }), v11).redacts, undefined);
  assert.equal(read(wire(v10, { redacts: '$top' }), v10).redacts, undefined);
  assertRefused(wire(v10, { type, redacts: 7 }), v10, 'bad-redacts');
});

test("members that are not the object's own are absent", () => {
  const { value } = readJson('{"__proto__":{"type":"x","sender":"@a:b"},"constructor":{}}');
  assertRefused(value, v11, 'bad-sender');
});

test('numbers that no double holds are hashed and signed as they were written, in versions 1 to 5', () => {
  const depths = canonicalJson(wire(v5)).replace('"depth":7', '"depth":9223372036854775807');
  const text = depths.replace('"body":"Hello"', '"body":[1.50,{"n":-9007199254740993}]');
  const { value } = readJson(text);
  const reading = readPdu(value, v5);
  assert.ok(reading.ok);
  assert.equal(reading.text.whole(), text);
  assert.equal(eventIdOf(redact(reading.pdu.json, v5), v5), reading.pdu.eventId);
  const power = readJson(
    canonicalJson(wire(v5, { type: 'm.room.power_levels', content: { ban: 7, kick: 50 } })).replace(
      '"ban":7',
      '"ban":12345678901234567891',
    ),
  ).value;
  const read5 = readPdu(power, v5);
  assert.ok(read5.ok);
  assert.match(read5.text.signed(), /"content":{"ban":12345678901234567891,"kick":50}/);
  assert.equal(eventIdOf(redact(read5.pdu.json, v5), v5), read5.pdu.eventId);
});
