// Nothing leaves before the sync that covers it.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../src/ports/clock.ts';
import { HttpServer } from '../../../src/runtime/node/http-server.ts';
import { makeLog } from '../../../src/runtime/node/logger.ts';
import { systemClock } from '../../../src/runtime/node/system.ts';
import { atEnd, openHomeserver } from './opened.ts';
import { notesOf } from './notes.ts';

/** A disk that syncs only when it is told to. */
function slowDisk() {
  let held = true;
  const begun: (() => void)[] = [];
  const order: string[] = [];
  return {
    order,
    begun,
    sync: (): Promise<void> =>
      new Promise((resolve) => {
        if (!held) return resolve();
        order.push('sync begun');
        begun.push(() => {
          order.push('sync done');
          resolve();
        });
      }),
    failpoint: (name: string): void => {
      if (name.endsWith('-commit')) order.push(name);
    },
    /** From now on every sync is done at once. */
    async repair(): Promise<void> {
      held = false;
      await this.release();
    },
    /** Lets everything that is under way go on, and syncs until no more are asked for. */
    async release(): Promise<void> {
      while (begun.length > 0) {
        begun.shift()?.();
        await turn();
        await turn();
      }
    },
  };
}

async function turns(count = 5): Promise<void> {
  for (let n = 0; n < count; n++) await turn();
}

/** A clock that stands still until it is told to go on. */
class StoppedClock implements Clock {
  #passed = 0;
  #timers: { readonly at: number; readonly then: () => void }[] = [];
  readonly now = systemClock.now;

  monotonic(): number {
    return this.#passed;
  }

  timer(ms: number, then: () => void) {
    const timer = { at: this.#passed + ms, then };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  pass(ms: number): void {
    this.#passed += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#passed);
    this.#timers = this.#timers.filter(({ at }) => at > this.#passed);
    for (const { then } of due) then();
  }
}

test('an answer that shows a write waits for the commit and the sync that cover it', async (t) => {
  const disk = slowDisk();
  const homeserver = openHomeserver(t, disk);
  atEnd(t, () => disk.repair());
  await disk.release();
  await homeserver.data.gate.settled();
  disk.order.length = 0;
  await notesOf(homeserver.objects, 'a').note('one');
  const answer = homeserver.data.gate.settled().then(() => disk.order.push('answer'));
  await turns();
  assert.deepEqual(disk.order, ['before-commit', 'after-commit', 'sync begun']);
  await disk.release();
  await answer;
  assert.deepEqual(disk.order, ['before-commit', 'after-commit', 'sync begun', 'sync done', 'answer']);
});

test('an answer to a read waits too while what it shows is not durable', async (t) => {
  const disk = slowDisk();
  const homeserver = openHomeserver(t, disk);
  atEnd(t, () => disk.repair());
  await disk.release();
  const notes = notesOf(homeserver.objects, 'a');
  await notes.note('one');
  await turns();
  assert.deepEqual(await notes.notes(), ['one']);
  let answered = false;
  const answer = homeserver.data.gate.settled().then(() => {
    answered = true;
  });
  await turns();
  assert.equal(answered, false);
  await disk.release();
  await answer;
});

test('without anything new an answer leaves without a sync', async (t) => {
  const disk = slowDisk();
  const homeserver = openHomeserver(t, disk);
  atEnd(t, () => disk.repair());
  await disk.release();
  const before = disk.order.length;
  await notesOf(homeserver.objects, 'a').notes();
  await homeserver.data.gate.settled();
  assert.equal(disk.order.length, before);
});

test('a sync that began before a commit does not let that commit out', async (t) => {
  const disk = slowDisk();
  const clock = new StoppedClock();
  const homeserver = openHomeserver(t, { ...disk, clock });
  atEnd(t, () => disk.repair());
  await disk.release();
  const notes = notesOf(homeserver.objects, 'a');
  const out: string[] = [];
  const say = async (text: string): Promise<void> => {
    await notes.note(text);
    void homeserver.data.gate.settled().then(() => out.push(text));
    await turns();
  };
  await say('one');
  clock.pass(5);
  await say('two');
  clock.pass(5);
  await say('three');
  assert.equal(disk.begun.length, 2, 'two syncs are under way, the third commit waits for its own');
  disk.begun.shift()?.();
  await turns();
  assert.deepEqual(out, ['one']);
  disk.begun.shift()?.();
  await turns();
  assert.deepEqual(out, ['one', 'two']);
  await disk.release();
  assert.deepEqual(out, ['one', 'two', 'three']);
});

test('a second sync begins when the first has taken long, for all that was committed until then', async (t) => {
  const disk = slowDisk();
  const clock = new StoppedClock();
  const homeserver = openHomeserver(t, { ...disk, clock });
  atEnd(t, () => disk.repair());
  await disk.release();
  const notes = notesOf(homeserver.objects, 'a');
  for (const text of ['one', 'two', 'three']) {
    await notes.note(text);
    await turns();
  }
  assert.equal(disk.begun.length, 1, 'a fast disk is asked once at a time');
  clock.pass(5);
  assert.equal(disk.begun.length, 2);
  const settled = homeserver.data.gate.settled();
  disk.begun.pop()?.();
  await settled;
  assert.equal(disk.begun.length, 1, 'nothing is left for a third');
});

test('what was committed during a sync is synced as soon as that is done, however fast', async (t) => {
  const disk = slowDisk();
  const clock = new StoppedClock();
  const homeserver = openHomeserver(t, { ...disk, clock });
  atEnd(t, () => disk.repair());
  await disk.release();
  const notes = notesOf(homeserver.objects, 'a');
  await notes.note('one');
  await turns();
  await notes.note('two');
  await turns();
  disk.begun.shift()?.();
  await turns();
  assert.equal(disk.begun.length, 1);
  const settled = homeserver.data.gate.settled();
  await disk.release();
  await settled;
  // The timer that waited for the first finds nothing to do.
  clock.pass(5);
  assert.equal(disk.begun.length, 0);
});

test('a sync that follows another one covers what is written in the turn in which it could have begun', async (t) => {
  const disk = slowDisk();
  const homeserver = openHomeserver(t, { ...disk, clock: new StoppedClock() });
  atEnd(t, () => disk.repair());
  await disk.release();
  const notes = notesOf(homeserver.objects, 'a');
  await notes.note('one');
  await turns();
  await notes.note('two');
  await turns();
  disk.begun.shift()?.();
  await Promise.resolve();
  await notes.note('three');
  const settled = homeserver.data.gate.settled();
  await turns();
  assert.equal(disk.begun.length, 1);
  disk.begun.shift()?.();
  await settled;
  assert.equal(disk.begun.length, 0);
});

test('what was committed before a turn that fails is synced all the same', async (t) => {
  const disk = slowDisk();
  let fails = false;
  const failpoint = (name: string): void => {
    if (fails && name === 'before-commit') throw new Error('no commit');
  };
  const homeserver = openHomeserver(t, { ...disk, failpoint, clock: new StoppedClock() });
  atEnd(t, () => disk.repair());
  await disk.release();
  const notes = notesOf(homeserver.objects, 'a');
  await notes.note('one');
  await turns();
  await notes.note('two');
  await turns();
  const settled = homeserver.data.gate.settled();
  disk.begun.shift()?.();
  await Promise.resolve();
  fails = true;
  await notesOf(homeserver.objects, 'b').note('lost');
  await turns();
  fails = false;
  assert.equal(disk.begun.length, 1);
  disk.begun.shift()?.();
  await settled;
});

test('many writers of one turn share a commit and a sync', async (t) => {
  const disk = slowDisk();
  const homeserver = openHomeserver(t, disk);
  atEnd(t, () => disk.repair());
  await disk.release();
  disk.order.length = 0;
  await Promise.all([...Array(20).keys()].map((n) => notesOf(homeserver.objects, `room ${n}`).note('hello')));
  await turns();
  assert.deepEqual(disk.order, ['before-commit', 'after-commit', 'sync begun']);
});

test('the bell wakes a listener only when the news are durable', async (t) => {
  const disk = slowDisk();
  const homeserver = openHomeserver(t, disk);
  atEnd(t, () => disk.repair());
  await disk.release();
  const listener = await homeserver.env.listening.listen(1, '@a:localhost');
  let woken = false;
  void listener.rung.then(() => {
    woken = true;
  });
  await notesOf(homeserver.objects, 'a').note('one');
  await notesOf(homeserver.objects, 'a').ring('@a:localhost');
  await turns();
  assert.equal(woken, false);
  await disk.release();
  await listener.rung;
});

/** A homeserver on a disk that syncs when told to, over HTTP, with a room whose newest note is not durable. */
async function busyRoom(t: TestContext, mostRooms = 10) {
  const disk = slowDisk();
  const homeserver = openHomeserver(t, { ...disk, mostRooms });
  const server = new HttpServer({
    handler: homeserver.handler,
    gate: homeserver.data.gate,
    shown: homeserver.shown,
    held: () => undefined,
    log: makeLog('silent'),
    failpoint: () => undefined,
    trustedProxies: [],
  });
  const port = await server.listen('127.0.0.1', 0);
  atEnd(t, () => server.stop(1000));
  atEnd(t, () => disk.repair());
  await notesOf(homeserver.objects, 'quiet').note('old');
  await turns();
  await disk.release();
  await notesOf(homeserver.objects, 'busy').note('new');
  await turns();
  const read = async (room: string): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/${room}`)).json();
  return { disk, homeserver, read };
}

test('a read of another room does not wait for what a busy room wrote', async (t) => {
  const { read } = await busyRoom(t);
  assert.deepEqual(await read('quiet'), ['old']);
});

test('a read of the busy room waits, also when the room was dropped from memory in between', async (t) => {
  for (const dropped of [false, true]) {
    const { disk, homeserver, read } = await busyRoom(t, dropped ? 1 : 10);
    // Asking another drops it if only one stays, and its new instance has written nothing.
    await notesOf(homeserver.objects, 'quiet').notes();
    assert.equal(homeserver.objects.size, dropped ? 1 : 2);
    let answered = false;
    const answer = read('busy').then((notes) => {
      answered = true;
      return notes;
    });
    await sleep(50);
    assert.equal(answered, false);
    await disk.release();
    assert.deepEqual(await answer, ['new']);
  }
});

test('a read of an object that was told what is not durable yet waits for it too', async (t) => {
  const { disk, homeserver, read } = await busyRoom(t);
  // The busy room's turn is committed, and its sync is under way.
  await notesOf(homeserver.objects, 'quiet').learn('busy');
  let answered = false;
  const answer = read('quiet').then(() => {
    answered = true;
  });
  await sleep(50);
  assert.equal(answered, false);
  await disk.release();
  await answer;
});
