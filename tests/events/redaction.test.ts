import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventIdOf } from '../../src/events/event-id.ts';
import { redactedPdu } from '../../src/events/redacted-pdu.ts';
import { redact, redactContent } from '../../src/events/redaction.ts';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import { member, type JsonObject } from '../../src/spec/json.ts';
import { readJson } from '../../src/spec/strict-json.ts';
import { build, versionOf, wire } from './event-samples.ts';

const types = fc.constantFrom(
  'm.room.member',
  'm.room.create',
  'm.room.join_rules',
  'm.room.power_levels',
  'm.room.aliases',
  'm.room.history_visibility',
  'm.room.redaction',
  'm.room.message',
  '__proto__',
  'constructor',
);
const names = fc.constantFrom(
  'membership',
  'creator',
  'join_rule',
  'allow',
  'ban',
  'invite',
  'users',
  'aliases',
  'redacts',
  'third_party_invite',
  'join_authorised_via_users_server',
  'history_visibility',
  'body',
  '__proto__',
);
const contents = fc.dictionary(
  names,
  fc.oneof(fc.constant({ signed: { a: 1 }, display_name: 'x' }), fc.maxSafeInteger(), fc.constant({})),
);
const versions = fc.constantFrom(...ROOM_VERSIONS);

test('redacting twice is redacting once, and takes nothing from hash, signature or id', () => {
  fc.assert(
    fc.property(types, contents, versions, (type, content, version) => {
      const event = wire(version, { type, content, unsigned: { age: 1 }, extra: true });
      const once = redact(event, version);
      assert.deepEqual(redact(once, version), once);
      assert.equal(eventIdOf(once, version), eventIdOf(event, version));
      assert.equal(member(once, 'unsigned'), undefined);
      assert.equal(member(once, 'extra'), undefined);
    }),
  );
});

test('the event that is redacted stays as it was', () => {
  const event = wire(versionOf('11'), { type: 'm.room.member', content: { membership: 'join', displayname: 'A' } });
  const before = structuredClone(event);
  redact(event, versionOf('11'));
  assert.deepEqual(event, before);
});

test('of a third-party invite only `signed` stays from version 11 on, and an empty object if there is none', () => {
  const content = (invite: JsonObject | string): JsonObject => ({
    type: 'm.room.member',
    content: { third_party_invite: invite },
  });
  const v11 = versionOf('11');
  assert.deepEqual(redactContent(content({ signed: { mxid: 'x' }, display_name: 'y' }), v11), {
    third_party_invite: { signed: { mxid: 'x' } },
  });
  assert.deepEqual(redactContent(content({ display_name: 'y' }), v11), { third_party_invite: {} });
  assert.deepEqual(redactContent(content('y'), v11), {});
  assert.deepEqual(redactContent(content({ signed: {} }), versionOf('10')), {});
});

test('__proto__ in what is kept whole stays an ordinary member', () => {
  const { value } = readJson('{"type":"m.room.create","content":{"__proto__":{"x":1}}}');
  const redacted = redact(value as JsonObject, versionOf('11'));
  assert.deepEqual(JSON.stringify(redacted), '{"type":"m.room.create","content":{"__proto__":{"x":1}}}');
});

test('a redacted event keeps its id, its room and its place in the graph, and loses what it said', () => {
  for (const version of ROOM_VERSIONS) {
    const pdu = build(version, { stateKey: '', type: 'm.room.name', content: { name: 'Room' } });
    const redacted = redactedPdu(pdu, version);
    assert.deepEqual({ ...redacted, json: 0 }, { ...pdu, content: {}, json: 0 });
    assert.equal(eventIdOf(redacted.json, version), pdu.eventId);
  }
});
