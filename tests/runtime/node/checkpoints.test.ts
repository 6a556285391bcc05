// The log is bounded while writing goes on, truncated when the server is idle, and small logs are left alone.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { notesOf } from './notes.ts';
import { openHomeserver, temporaryDirectory } from './opened.ts';

const NEVER = 1 << 30;
const logSize = (directory: string): number => statSync(join(directory, 'hearth.db-wal')).size;

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !holds(); tries++) await sleep(10);
  assert.ok(holds());
}

test('an idle server truncates a log that has grown, and goes on writing afterwards', async (t) => {
  const directory = temporaryDirectory(t);
  const checkpoints = { limit: NEVER, rest: 0, idleMs: 20, idleRest: 1 };
  const homeserver = openHomeserver(t, { directory, checkpoints });
  const notes = notesOf(homeserver.objects, 'room');
  await notes.note('x'.repeat(10_000));
  await homeserver.data.gate.settled();
  await until(() => logSize(directory) === 0);
  await notes.note('after');
  await homeserver.data.gate.settled();
  assert.ok(logSize(directory) > 0);
  await until(() => logSize(directory) === 0);
  assert.equal((await notes.notes()).length, 2);
});

test('a small log of an idle server is left as it is', async (t) => {
  const directory = temporaryDirectory(t);
  const homeserver = openHomeserver(t, {
    directory,
    checkpoints: { limit: NEVER, rest: 0, idleMs: 10, idleRest: NEVER },
  });
  await notesOf(homeserver.objects, 'room').note('x');
  await homeserver.data.gate.settled();
  await sleep(100);
  assert.ok(logSize(directory) > 0);
});

test('a log past its limit is copied while writing goes on, and nothing is lost by it', async (t) => {
  const directory = temporaryDirectory(t);
  const checkpoints = { limit: 200_000, rest: 50_000, idleMs: NEVER, idleRest: 1 };
  const homeserver = openHomeserver(t, { directory, checkpoints });
  const notes = notesOf(homeserver.objects, 'room');
  let largest = 0;
  for (let n = 0; n < 400; n++) {
    await homeserver.data.checkpoints.held;
    await notes.note(`${String(n).padStart(4, '0')}${'x'.repeat(4000)}`);
    await homeserver.data.gate.settled();
    largest = Math.max(largest, logSize(directory));
    // The worker needs its share of the machine.
    if (n % 10 === 0) await sleep(5);
  }
  assert.equal((await notes.notes()).length, 400);
  // 400 notes of 4 kB, three pages or so each, would be 5 MB in a log that nobody bounds.
  assert.ok(largest < 3_000_000, `the log grew to ${largest}`);
});
