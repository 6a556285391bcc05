// The bell between a front and a Users object, through sockets.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Served } from './served.ts';

const served = await Served.start({ HEARTH_TEST: '1' });
after(() => served.stop());

/** A listener in the Worker: `said` grows by `listening` and by `rung`. */
async function listen(userId: string): Promise<{ readonly line: () => Promise<string> }> {
  const answer = await fetch(`${served.url}/test/listen?user=${encodeURIComponent(userId)}`);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const listener = { line: async () => (await reader.read()).value ?? '' };
  assert.equal(await listener.line(), 'listening\n');
  return listener;
}

const ring = (...userIds: string[]) => served.call('USERS', '1', 'ring', [userIds]);

describe('the bell', { concurrency: true }, () => {
  test('wakes those who listen for the user', async () => {
    const listeners = await Promise.all([
      listen('@a:test.example'),
      listen('@a:test.example'),
      listen('@grün/é:test.example'),
    ]);
    await ring('@a:test.example', '@nobody:test.example', '@grün/é:test.example');
    for (const listener of listeners) assert.equal(await listener.line(), 'rung\n');
  });

  test('does not wake others', async () => {
    const other = await listen('@b1:test.example');
    const mine = await listen('@b2:test.example');
    await ring('@b2:test.example');
    assert.equal(await mine.line(), 'rung\n');
    const woken = other.line();
    assert.equal(await Promise.race([woken, pause(100, 'asleep')]), 'asleep');
    await ring('@b1:test.example');
    assert.equal(await woken, 'rung\n');
  });

  // The platform puts an object to sleep after ten idle seconds.
  test('wakes a listener across the sleep of the object', async () => {
    const born = (await served.call('USERS', 'sleeper', 'born'))['value'];
    const listener = await listen('@sleepy:test.example');
    const before = (await served.call('USERS', '1', 'born'))['value'];
    await pause(12_000);
    assert.notEqual((await served.call('USERS', 'sleeper', 'born'))['value'], born, 'idle objects sleep');
    await ring('@sleepy:test.example');
    assert.equal(await listener.line(), 'rung\n');
    assert.notEqual((await served.call('USERS', '1', 'born'))['value'], before, 'the listener has kept nobody awake');
  });
});

test('counts as rung when the object is dropped', async () => {
  const listener = await listen('@dropped:test.example');
  await served.drop('users', '1');
  assert.equal(await listener.line(), 'rung\n');
});
