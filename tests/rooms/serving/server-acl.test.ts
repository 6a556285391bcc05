// Which servers a room's m.room.server_acl keeps out. https://spec.matrix.org/v1.19/client-server-api/#mroomserver_acl
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/spec/json.ts';
import { refusal } from '../refusal.ts';
import { alice, aRoom } from '../world.ts';

async function isLetIn(content: JsonObject, server: string): Promise<boolean> {
  const room = await aRoom();
  await room.state(alice, 'm.room.server_acl', '', content);
  try {
    await room.room.serving.checkAcl(server);
    return true;
  } catch (error) {
    assert.ok(refusal(403, 'M_FORBIDDEN')(error), String(error));
    return false;
  }
}

test('a room without a list keeps nobody out, nor does one that has not begun', async () => {
  const room = await aRoom();
  await room.room.serving.checkAcl('evil.test');
  await room.world.room('!none:hearth.test').serving.checkAcl('evil.test');
});

const CASES: readonly [situation: string, content: JsonObject, server: string, isLetIn: boolean][] = [
  ['who is allowed comes in', { allow: ['*'] }, 'evil.test', true],
  ['who is denied stays out, though all are allowed', { allow: ['*'], deny: ['evil.test'] }, 'evil.test', false],
  ['who is in neither list stays out', { allow: ['good.test'], deny: [] }, 'evil.test', false],
  ['without a list of who is allowed all stay out', { deny: [] }, 'evil.test', false],
  ['a list that is no list allows nobody', { allow: '*' }, 'evil.test', false],
  ['entries that are no text count for nothing', { allow: ['*'], deny: [7, null, ['evil.test']] }, 'evil.test', true],
  ['the port of a server is not considered', { allow: ['*'], deny: ['evil.test'] }, 'evil.test:8448', false],
  ['a pattern with a port matches nobody', { allow: ['*'], deny: ['evil.test:8448'] }, 'evil.test:8448', true],
  ['capitals make no difference in a name', { allow: ['*'], deny: ['evil.test'] }, 'EVIL.Test', false],
  ['capitals make no difference in a pattern', { allow: ['*'], deny: ['*.EVIL.test'] }, 'a.evil.test', false],
  ['an asterisk stands for any characters', { allow: ['*'], deny: ['*evil*'] }, 'very-evil.example', false],
  ['a question mark stands for one', { allow: ['*'], deny: ['evil?.test'] }, 'evil1.test', false],
  ['a question mark does not stand for none', { allow: ['*'], deny: ['evil?.test'] }, 'evil.test', true],
  ['a dot stands for itself', { allow: ['*'], deny: ['evil.test'] }, 'evilxtest', true],
  ['a pattern is for the whole name', { allow: ['*'], deny: ['evil'] }, 'evil.test', true],
  ['addresses are let in if nothing is said of them', { allow: ['*'] }, '192.0.2.1', true],
  ['addresses stay out if the room says so', { allow: ['*'], allow_ip_literals: false }, '192.0.2.1:8448', false],
  ['so do those of IPv6', { allow: ['*'], allow_ip_literals: false }, '[2001:db8::1]:8448', false],
  ['what is said of them must be said as a boolean', { allow: ['*'], allow_ip_literals: 'false' }, '192.0.2.1', true],
  ['a name of four numbers too large is nobody', { allow: ['*'] }, '999.0.2.1', false],
];
for (const [situation, content, server, expected] of CASES)
  test(situation, async () => {
    assert.equal(await isLetIn(content, server), expected);
  });

test('patterns made to be slow are decided, and against the server', async () => {
  const slow = `${'*a'.repeat(60)}b`;
  const deny = [...Array.from({ length: 400 }, () => slow), 'aaa*'];
  assert.equal(await isLetIn({ allow: ['*'], deny }, `${'a'.repeat(200)}.test`), false);
});

test('a list that is replaced or redacted counts as it is now', async () => {
  const room = await aRoom();
  await room.state(alice, 'm.room.server_acl', '', { allow: ['*'], deny: ['evil.test'] });
  await assert.rejects(room.room.serving.checkAcl('evil.test'), refusal(403, 'M_FORBIDDEN'));
  const lifted = await room.state(alice, 'm.room.server_acl', '', { allow: ['*'] });
  await room.room.serving.checkAcl('evil.test');
  await room.room.writing.redact(alice, lifted, {}, { scope: 'PUT redact', id: 'r1' });
  // Nothing is left of the content, so that nobody is allowed.
  await assert.rejects(room.room.serving.checkAcl('evil.test'), refusal(403, 'M_FORBIDDEN'));
});
