// Alarms come although the wall clock is set back, and although the database fails when they are looked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../src/ports/clock.ts';
import { Alarms, ALARMS_TABLE } from '../../../src/runtime/shared/alarms.ts';
import { Turns } from '../../../src/runtime/shared/turns.ts';
import { FailingConnection, StorageFaults } from '../../../src/runtime/simulation/storage-faults.ts';

const DAY_MS = 86_400_000;
const OWNER = 7;
const nothing = (): void => undefined;

/** A wall clock that can be set, and timers that go by another one. */
class SetClock implements Clock {
  wall = Date.UTC(2026, 0, 1);
  #passed = 0;
  #timers: { at: number; then: () => void }[] = [];

  now(): number {
    return this.wall + this.#passed;
  }

  monotonic(): number {
    return this.#passed;
  }

  timer(ms: number, then: () => void) {
    const timer = { at: this.#passed + ms, then };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  async pass(ms: number): Promise<void> {
    for (const end = this.#passed + ms; this.#passed < end;) {
      this.#passed = Math.min(end, this.#passed + 1000);
      const due = this.#timers.filter(({ at }) => at <= this.#passed);
      this.#timers = this.#timers.filter(({ at }) => at > this.#passed);
      for (const { then } of due) then();
      await new Promise(setImmediate);
    }
  }
}

/** Alarms of one life on a database. */
function alarmsOn(connection: FailingConnection, clock: Clock) {
  const turns = new Turns(connection, { atEnd: (commit) => setImmediate(commit), failpoint: nothing });
  const rung: number[] = [];
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const alarms = new Alarms(turns, clock, log, async (owner) => {
    rung.push(owner);
    return true;
  });
  const arm = (atMs: number): void => {
    turns.write({ poison: nothing, tookPart: nothing, committed: nothing });
    alarms.arm(OWNER, atMs);
  };
  return { alarms, rung, arm };
}

function database(): { readonly connection: FailingConnection; readonly faults: StorageFaults } {
  const faults = new StorageFaults();
  const connection = new FailingConnection(faults, undefined);
  connection.script(ALARMS_TABLE);
  return { connection, faults };
}

test('an alarm that comes in a minute comes in a minute, though the clock is set back by a day meanwhile', async () => {
  const clock = new SetClock();
  const { alarms, rung, arm } = alarmsOn(database().connection, clock);
  alarms.start();
  arm(clock.now() + 60_000);
  await clock.pass(10_000);
  clock.wall -= DAY_MS;
  await clock.pass(49_000);
  assert.deepEqual(rung, []);
  await clock.pass(2000);
  assert.deepEqual(rung, [OWNER]);
});

test('an alarm armed before a restart comes, though the clock was set back by a year', async () => {
  const clock = new SetClock();
  const { connection } = database();
  const before = alarmsOn(connection, clock);
  before.alarms.start();
  before.arm(clock.now() + 60_000);
  await clock.pass(1000);
  before.alarms.stop();
  clock.wall -= 365 * DAY_MS;
  const after = alarmsOn(connection, clock);
  after.alarms.start();
  await clock.pass(60_000);
  assert.deepEqual(after.rung, [OWNER]);
});

for (const setBack of [0, DAY_MS]) {
  test(`an alarm comes whichever statement of its own fails${setBack === 0 ? '' : ', also when the clock was set back'}`, async () => {
    let n = 1;
    for (let struck = true; struck; n++) {
      const clock = new SetClock();
      const { connection, faults } = database();
      const { alarms, rung, arm } = alarmsOn(connection, clock);
      alarms.start();
      arm(clock.now() + 30_000);
      await clock.pass(1000);
      clock.wall -= setBack;
      faults.strikeAfter(n, 'IOERR', true);
      await clock.pass(60_000);
      struck = faults.struck > 0;
      assert.ok(rung.length > 0, `statement ${n}`);
    }
    assert.ok(n > 4);
  });
}
