// Answers that are too long for many of them at once (L15).
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { LongAnswers } from '../../src/federation/long-answers.ts';
import { refusal } from '../rooms/refusal.ts';

function aWorld() {
  const answers = new LongAnswers();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = (server: string, name = server): Promise<string> =>
    answers.run(server, async () => {
      begun.push(name);
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.set(name, resolve);
      await promise;
      return name;
    });
  const end = async (name: string): Promise<void> => {
    ends.get(name)!();
    await turn();
  };
  return { ask, begun, end };
}

test('one at a time for each server, a few for all, each in its turn', async () => {
  const { ask, begun, end } = aWorld();
  const first = ask('a', 'a1');
  void ask('a', 'a2');
  for (const server of ['b', 'c', 'd', 'e']) void ask(server);
  await turn();
  assert.deepEqual(begun, ['a1', 'b', 'c', 'd']);
  await end('b');
  assert.deepEqual(begun.slice(4), ['e'], 'a has one already');
  await end('a1');
  assert.deepEqual(begun.slice(5), ['a2']);
  assert.equal(await first, 'a1');
});

test('who has too many waiting is told to come again, and others are not', async () => {
  const { ask } = aWorld();
  for (let n = 0; n < 21; n++) void ask('a');
  await assert.rejects(ask('a'), refusal(429, 'M_LIMIT_EXCEEDED'));
  const other = ask('b');
  other.catch(() => assert.fail());
  await turn();
});

test('one that fails makes room for the next', async () => {
  const answers = new LongAnswers();
  const failing = answers.run('a', () => Promise.reject(new Error('broken')));
  const next = answers.run('a', async () => 'next');
  await assert.rejects(failing);
  assert.equal(await next, 'next');
});
