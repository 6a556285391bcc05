import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientEvent } from '../../src/events/client-event.ts';
import { readStrippedState, strippedState } from '../../src/events/stripped-state.ts';
import { build, versionOf } from './event-samples.ts';

test('clients see nothing that concerns servers only', () => {
  const pdu = build(versionOf('11'), { stateKey: '' });
  assert.deepEqual(clientEvent(pdu), {
    content: { body: 'Hello', msgtype: 'm.text' },
    event_id: pdu.eventId,
    origin_server_ts: 1_700_000_000_000,
    room_id: '!room:hs1',
    sender: '@alice:hs1',
    state_key: '',
    type: 'm.room.message',
  });
  const inSync = clientEvent(build(versionOf('11')), { roomId: false, unsigned: { age: 3 } });
  assert.deepEqual(Object.keys(inSync).sort(), [
    'content',
    'event_id',
    'origin_server_ts',
    'sender',
    'type',
    'unsigned',
  ]);
});

test('the create event of version 12 shows its room id to clients', () => {
  const pdu = build(versionOf('12'), { type: 'm.room.create', stateKey: '' });
  assert.equal(clientEvent(pdu)['room_id'], pdu.roomId);
});

test('a redaction names what it redacts at the top level and in the content, whatever the version', () => {
  for (const id of ['1', '10', '11', '12']) {
    const pdu = build(versionOf(id), { type: 'm.room.redaction', content: { reason: 'spam' }, redacts: '$x:hs1' });
    const event = clientEvent(pdu);
    assert.equal(event['redacts'], '$x:hs1');
    assert.deepEqual(event['content'], { reason: 'spam', redacts: '$x:hs1' });
  }
});

test('stripped state is four members and no more, of ours and of what other servers send', () => {
  const pdu = build(versionOf('12'), { type: 'm.room.name', stateKey: '', content: { name: 'Room' } });
  const stripped = { content: { name: 'Room' }, sender: '@alice:hs1', state_key: '', type: 'm.room.name' };
  assert.deepEqual(strippedState(pdu), stripped);
  assert.deepEqual(readStrippedState(pdu.json), stripped);
  for (const value of [
    null,
    [],
    {},
    { ...stripped, content: [] },
    { ...stripped, sender: 1 },
    { ...stripped, state_key: null },
  ]) {
    assert.equal(readStrippedState(value), undefined);
  }
});
