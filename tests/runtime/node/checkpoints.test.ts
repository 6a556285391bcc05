// The log is bounded while writing goes on, truncated when the server is idle, and small logs are left alone.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
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

test('commits find room in the file, which stays as large while the log begins anew in it', async (t) => {
  const directory = temporaryDirectory(t);
  const checkpoints = { limit: 400_000, rest: 50_000, idleMs: NEVER, idleRest: NEVER };
  const homeserver = openHomeserver(t, { directory, checkpoints });
  const notes = notesOf(homeserver.objects, 'room');
  const sizes = new Set<number>();
  for (let n = 0; n < 400; n++) {
    await homeserver.data.checkpoints.held;
    await notes.note(`${String(n).padStart(4, '0')}${'x'.repeat(4000)}`);
    await homeserver.data.gate.settled();
    sizes.add(logSize(directory));
    if (n % 10 === 0) await sleep(5);
  }
  // 5 MB went through it, 12 kB at a time.
  assert.ok(sizes.size < 20, `the file had ${sizes.size} sizes`);
  const largest = Math.max(...sizes);
  assert.equal(logSize(directory), largest, 'it never shrinks while it is at work');
  assert.ok(largest < 3_000_000, `the log grew to ${largest}`);
});

test('a killed server finds all its commits in a log with room behind it, new or begun anew', async (t) => {
  const directory = temporaryDirectory(t);
  const checkpoints = { limit: 100_000, rest: 50_000, idleMs: NEVER, idleRest: NEVER };
  const homeserver = openHomeserver(t, { directory, checkpoints });
  const notes = notesOf(homeserver.objects, 'room');
  const others = temporaryDirectory(t);
  for (let n = 1; n <= 120; n++) {
    await homeserver.data.checkpoints.held;
    await notes.note(`${String(n).padStart(4, '0')}${'x'.repeat(4000)}`);
    await homeserver.data.gate.settled();
    if (n % 10 !== 0) continue;
    await sleep(5);
    await homeserver.data.checkpoints.held;
    // What a process that is killed now leaves behind. No pass is under way that would write between the two copies.
    const left = join(others, String(n));
    mkdirSync(left);
    for (const file of ['hearth.db-wal', 'hearth.db']) copyFileSync(join(directory, file), join(left, file));
    const found = openHomeserver(t, { directory: left, checkpoints });
    assert.equal((await notesOf(found.objects, 'room').notes()).length, n);
    await found.close();
  }
});
