// Redacted events authorise others as they did before: https://spec.matrix.org/v1.19/server-server-api/#authorisation-rules
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from './refusal.ts';
import { Elsewhere } from './serving/elsewhere.ts';
import { alice, aRoom, bob, type TestRoom } from './world.ts';

const FORBIDDEN = refusal(403, 'M_FORBIDDEN');

async function redact(room: TestRoom, eventId: string): Promise<void> {
  await room.room.writing.redact(alice, eventId, {}, { scope: 'PUT redact', id: eventId });
}

/** Only who has 50 may invite, and only who has 50 may notify the room. */
async function withLevels(version: string): Promise<{ room: TestRoom; levels: string }> {
  const room = await aRoom(version);
  await room.member(bob, 'join');
  const users = version === '12' ? {} : { [alice.userId]: 100 };
  const levels = await room.state(alice, 'm.room.power_levels', '', {
    users: { ...users, [bob.userId]: 25 },
    events: { 'm.room.power_levels': 25 },
    invite: 50,
    notifications: { room: 50 },
  });
  return { room, levels };
}

for (const version of ['10', '11', '12'])
  test(`v${version}: levels that were redacted still say who may invite, though nobody is shown it`, async () => {
    const { room, levels } = await withLevels(version);
    await redact(room, levels);
    const inviting = { target: '@hana:hon.test', membership: 'invite', operation: 'invite' } as const;
    await assert.rejects(room.room.handshakes.draftInvite(bob, inviting), FORBIDDEN);
    room.world.restart();
    await assert.rejects(room.room.handshakes.draftInvite(bob, inviting), FORBIDDEN);
    const shown = await room.room.reading.stateEvent(alice, 'm.room.power_levels', '');
    assert.ok(!JSON.stringify(shown['content']).includes('notifications'));
    if (version === '10') assert.ok(!JSON.stringify(shown['content']).includes('invite'));
  });

test('who may not change a level for notifications may not after the levels were redacted', async () => {
  const { room, levels } = await withLevels('11');
  const users = { [alice.userId]: 100, [bob.userId]: 25 };
  const events = { 'm.room.power_levels': 25 };
  await redact(room, levels);
  const lowered = { users, events, invite: 50, notifications: { room: 0 } };
  await assert.rejects(room.state(bob, 'm.room.power_levels', '', lowered), FORBIDDEN);
});

test('whether a redaction came before or after makes no difference to what is allowed', async () => {
  const verdicts: string[] = [];
  for (const early of [true, false]) {
    const { room, levels } = await withLevels('10');
    const eve = new Elsewhere(room);
    eve.member('join');
    const invite = { type: 'm.room.member', stateKey: '@x:evil.test', content: { membership: 'invite' } };
    if (early) await redact(room, levels);
    verdicts.push(eve.say(invite).verdict);
    if (!early) await redact(room, levels);
  }
  assert.deepEqual(verdicts, ['rejected', 'rejected']);
});

test('a room that does not federate does not after its create event was redacted', async () => {
  const room = await aRoom('10');
  const { pdu } = new Elsewhere(room).data.byNumber(0)!;
  assert.equal(pdu.type, 'm.room.create');
  await redact(room, pdu.eventId).catch(() => undefined);
  await room.send(alice, 'still a room');
});
