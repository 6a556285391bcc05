import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentHashMatches } from '../../src/events/content-hash.ts';
import { eventIdOf } from '../../src/events/event-id.ts';
import { readPdu } from '../../src/events/read-pdu.ts';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import { verifyEvent } from '../../src/events/verify-event.ts';
import { canonicalJson } from '../../src/spec/canonical-json.ts';
import { MatrixError, type ErrorCode } from '../../src/spec/errors.ts';
import { build, keys, versionOf } from './event-samples.ts';

const TYPES = [
  'm.room.message',
  'm.room.create',
  'm.room.member',
  'm.room.power_levels',
  'm.room.join_rules',
  'm.room.aliases',
  'm.room.redaction',
];

function refusedWith(errcode: ErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof MatrixError && error.errcode === errcode;
}

for (const version of ROOM_VERSIONS) {
  test(`what we build stands every check that we make of others, version ${version.id}`, () => {
    for (const type of TYPES) {
      const content = {
        membership: 'join',
        creator: 'x',
        invite: 1,
        ban: 2,
        allow: [],
        join_rule: 'x',
        aliases: [],
        body: 'é"\n',
        '10': 1,
        '9': 2,
      };
      const pdu = build(version, {
        type,
        content,
        stateKey: '',
        redacts: type === 'm.room.redaction' ? '$x:hs1' : undefined,
      });
      const reading = readPdu(pdu.json, version);
      assert.deepEqual(reading.ok && reading.pdu, pdu);
      assert.equal(eventIdOf(pdu.json, version), pdu.eventId);
      assert.ok(contentHashMatches(pdu.json, version));
      assert.equal(verifyEvent(pdu.json, version, 'hs1', keys), 'valid');
      assert.equal(pdu.redacts, type === 'm.room.redaction' ? '$x:hs1' : undefined);
    }
  });
}

test('what is redacted is put where the version has it', () => {
  const redaction = { type: 'm.room.redaction', content: { reason: 'x' }, redacts: '$x' };
  assert.equal(build(versionOf('10'), redaction).json['redacts'], '$x');
  assert.deepEqual(build(versionOf('10'), redaction).content, { reason: 'x' });
  assert.equal(build(versionOf('11'), redaction).json['redacts'], undefined);
  assert.deepEqual(build(versionOf('11'), redaction).content, { reason: 'x', redacts: '$x' });
});

test('the create event of version 12 has no room id of its own and gives the room one', () => {
  const pdu = build(versionOf('12'), { type: 'm.room.create', stateKey: '' });
  assert.equal('room_id' in pdu.json, false);
  assert.equal(pdu.roomId, `!${pdu.eventId.slice(1)}`);
});

test('content without a canonical form is M_BAD_JSON in every version', () => {
  for (const version of ROOM_VERSIONS) {
    for (const n of [1.5, 2 ** 53, Infinity, '\ud800'])
      assert.throws(() => build(version, { content: { n } }), refusedWith('M_BAD_JSON'));
  }
});

test('65,536 bytes are the most, and 255 for type and state key', () => {
  const version = versionOf('11');
  const empty = new TextEncoder().encode(canonicalJson(build(version, { content: { body: 'é' } }).json)).length;
  const body = (more: number): string => `é${'x'.repeat(65_536 - empty + more)}`;
  build(version, { content: { body: body(0) } });
  assert.throws(() => build(version, { content: { body: body(1) } }), refusedWith('M_TOO_LARGE'));
  assert.throws(() => build(version, { type: 'é'.repeat(128) }), refusedWith('M_TOO_LARGE'));
  assert.throws(() => build(version, { stateKey: 'x'.repeat(256) }), refusedWith('M_TOO_LARGE'));
  build(version, { stateKey: 'x'.repeat(255) });
});

test('a depth beyond the limit stays at the limit', () => {
  assert.equal(build(versionOf('11'), { depth: 2 ** 60 }).depth, Number.MAX_SAFE_INTEGER);
});
