// Durable Objects in a real workerd: what crosses between them, what survives, what is left behind.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Served } from './served.ts';

const served = await Served.start({ HEARTH_TEST: '1' });
after(() => served.stop());

/** Asks until the answer is right; the test's own time limit ends it. */
async function until(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask())) await pause(20);
}

test('a call reaches the object of the name, and its part', async () => {
  assert.deepEqual(await served.call('ROOM', '!a/b:test.example', 'name'), { value: '!a/b:test.example' });
  assert.deepEqual(await served.call('ROOM', '!named', 'book.note', ['x']), {});
  assert.deepEqual(await served.call('ROOM', '!named', 'book.notes'), { value: ['x'] });
  assert.deepEqual(await served.call('ROOM', '!other', 'book.notes'), { value: [] });
});

test('a refusal crosses with all its members', async () => {
  assert.deepEqual(await served.call('ROOM', '!a', 'refuse'), {
    status: 403,
    errcode: 'M_FORBIDDEN',
    error: 'no',
    soft: true,
  });
});

test('of any other error only the fact crosses', async () => {
  assert.deepEqual(await served.call('ROOM', '!a', 'breakDown', [], true), { kind: 'failed' });
  const { thrown } = await served.call('ROOM', '!a', 'breakDown');
  assert.doesNotMatch(String(thrown), /secret/);
  assert.match(served.said, /a secret of the inside/);
});

test('only the names of the contract can be called', async () => {
  for (const path of [
    'constructor',
    'alarm',
    'toString',
    '__proto__.toString',
    'book.constructor',
    'book.hasOwnProperty',
    'note',
    'book',
    'nothing.note',
    'name.call',
  ]) {
    assert.deepEqual(await served.call('ROOM', '!a', path, [], true), { kind: 'failed' }, path);
  }
});

test('an acknowledged write survives a kill, and an alarm fires without anybody asking', async () => {
  await served.call('ROOM', '!kept', 'arm', [300]);
  const noted: string[] = [];
  for (let n = 0; n < 20; n++) {
    await served.call('ROOM', '!kept', 'book.note', [`note ${n + 10}`]);
    noted.push(`note ${n + 10}`);
  }
  await served.kill();
  await served.launch();
  assert.deepEqual(await served.call('ROOM', '!kept', 'book.notes'), { value: noted });
  await until(async () => (await served.call('ROOM', '!kept', 'alarms'))['value'] === 1);
  assert.deepEqual(await served.call('ROOM', '!kept', 'name'), { value: '!kept' });
});

test('an object that an alarm brings to life knows its name', async () => {
  await served.call('USERS', '77', 'arm', [300]);
  await served.kill();
  await served.launch();
  await until(async () => served.said.includes('alarm of 77'));
});

test('an alarm whose handler fails is called again', async () => {
  await served.call('USERS', 'failing', 'armFailing', [1]);
  await until(async () => (await served.call('USERS', 'failing', 'alarms'))['value'] === 1);
});

test('an object dropped from memory is made again from its tables', async () => {
  await served.call('ROOM', '!dropped', 'book.note', ['before']);
  assert.equal(await served.drop('room', '!dropped'), 200);
  assert.deepEqual(await served.call('ROOM', '!dropped', 'book.notes'), { value: ['before'] });
});

test('a call is made again when its object is dropped under it', async () => {
  const answer = served.call('ROOM', '!again', 'slowly', [400]);
  await until(async () => (await served.call('ROOM', '!again', 'tries'))['value'] === 1);
  await served.drop('room', '!again');
  assert.deepEqual(await answer, { value: 2 });
});

test('a call that must happen once at most is not made again', async () => {
  const answer = served.call('ROOM', '!once', 'slowlyOnce', [400]);
  await until(async () => (await served.call('ROOM', '!once', 'tries'))['value'] === 1);
  await served.drop('room', '!once');
  assert.match(String((await answer)['thrown']), /dropped by a test/);
  assert.deepEqual(await served.call('ROOM', '!once', 'tries'), { value: 1 });
});

test('asking for names that nobody has made leaves nothing in storage', async () => {
  const before = served.stored('room');
  for (let n = 0; n < 5; n++) assert.deepEqual(await served.call('ROOM', `!asked${n}`, 'book.notes'), { value: [] });
  await Promise.all([1, 2, 3].map(() => served.call('ROOM', '!asked together', 'book.notes')));
  await served.call('ROOM', '!asked0', 'book.note', ['made after it was asked for']);
  assert.deepEqual(await served.call('ROOM', '!asked0', 'book.notes'), { value: ['made after it was asked for'] });
  await served.kill();
  assert.equal(served.stored('room'), before + 1);
  await served.launch();
  assert.deepEqual(await served.call('ROOM', '!asked0', 'book.notes'), { value: ['made after it was asked for'] });
});
