// Alarms on a clock's one timer. An alarm stays in its table until its handler has returned, so that a crash at any time
// only makes it fire again.
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { OwnStatement } from './connection.ts';
import type { Participant, Turns } from './turns.ts';

export const ALARMS_TABLE = `CREATE TABLE IF NOT EXISTS alarms (owner INTEGER NOT NULL PRIMARY KEY, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS alarms_at ON alarms (at)`;

/** A timer longer than this is set again when it ends; platforms cannot count further than 24 days. */
const LONGEST_TIMER_MS = 86_400_000;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 600_000;
/** Alarms further ahead are not believed at a start: the clock may have been set back since they were armed. */
const BELIEVED_AHEAD_MS = 3_600_000;
/** The wall clock was set back if it lags so far behind the monotonic one. */
const SET_BACK_MS = 1000;
/** How many handlers run at once. */
const MOST_AT_ONCE = 16;

interface Firing {
  /** The earliest time that was armed since the handler was called. */
  again: number | undefined;
}

export class Alarms {
  readonly #turns: Turns;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #call: (owner: number) => Promise<boolean>;
  readonly #read: OwnStatement;
  readonly #write: OwnStatement;
  readonly #delete: OwnStatement;
  readonly #due: OwnStatement;
  readonly #latest: OwnStatement;
  readonly #shift: OwnStatement;
  readonly #bringForward: OwnStatement;
  readonly #firing = new Map<number, Firing>();
  readonly #failures = new Map<number, number>();
  /** Alarms' own bookkeeping belongs to no object. If its turn fails, the rows are still due; a full disk is given time. */
  readonly #self: Participant = {
    poison: () => {
      this.#shiftOwed += this.#shifting;
      this.#shifting = 0;
      this.#clock.timer(FIRST_RETRY_MS, () => this.#look());
    },
    tookPart: () => undefined,
    committed: () => {
      this.#shifting = 0;
    },
  };
  #timer: Timer | undefined;
  #timerAt = Infinity;
  #running = false;
  /** How far the wall clock was ahead of the monotonic one when it was last looked at. */
  #ahead: number;
  /** By how much the clock was set back for which alarms were not set back yet, and for which they are in the open turn. */
  #shiftOwed = 0;
  #shifting = 0;

  /** `call` calls the owner's alarm and answers whether what it wrote stands. */
  constructor(turns: Turns, clock: Clock, log: Log, call: (owner: number) => Promise<boolean>) {
    this.#turns = turns;
    this.#clock = clock;
    this.#log = log;
    this.#call = call;
    const { connection } = turns;
    this.#read = connection.own('SELECT at FROM alarms WHERE owner = ?');
    this.#write = connection.own(
      'INSERT INTO alarms (owner, at) VALUES (?1, ?2) ON CONFLICT (owner) DO UPDATE SET at = ?2',
    );
    this.#delete = connection.own('DELETE FROM alarms WHERE owner = ?');
    this.#due = connection.own('SELECT owner, at FROM alarms ORDER BY at LIMIT ?');
    this.#latest = connection.own('SELECT max(at) AS at FROM alarms');
    this.#shift = connection.own('UPDATE alarms SET at = max(0, at + ?)');
    this.#bringForward = connection.own('UPDATE alarms SET at = ?1 WHERE at > ?2');
    this.#ahead = clock.now() - clock.monotonic();
  }

  /** Begins to fire, with what was due while nobody ran. */
  start(): void {
    this.#running = true;
    this.#attempt(() => {
      const believed = this.#clock.now() + BELIEVED_AHEAD_MS;
      if (Number(this.#latest.get()?.['at'] ?? 0) <= believed) return;
      this.#turns.write(this.#self);
      this.#bringForward.run(this.#clock.now(), believed);
    });
    this.#look();
  }

  /** Fires nothing more; handlers at work go on. */
  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Infinity;
  }

  /** See `Alarm.arm`. The caller has opened the turn. */
  arm(owner: number, atMs: number): void {
    const at = Math.max(0, Math.ceil(atMs));
    const firing = this.#firing.get(owner);
    // The alarm that is firing keeps its row until its handler is done; this one takes its place then.
    if (firing) firing.again = Math.min(at, firing.again ?? at);
    const pending = this.#read.get(owner)?.['at'];
    if (typeof pending !== 'number' || at < pending) this.#write.run(owner, at);
    if (!firing) this.#setTimer(at);
  }

  #setTimer(at: number): void {
    if (!this.#running || at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    const wait = Math.min(Math.max(0, at - this.#clock.now()), LONGEST_TIMER_MS);
    this.#timer = this.#clock.timer(wait, () => {
      this.#timer = undefined;
      this.#timerAt = Infinity;
      this.#look();
    });
  }

  /** Fires what is due and sets the timer for what is not. */
  #look(): void {
    // After the end there may be nothing to look into any more.
    if (!this.#running) return;
    this.#attempt(() => {
      this.#followClock();
      this.#fireDue();
    });
  }

  /** An alarm that was armed to come in a minute comes in a minute, though the clock be set back by a year meanwhile. */
  #followClock(): void {
    const ahead = this.#clock.now() - this.#clock.monotonic();
    if (ahead < this.#ahead - SET_BACK_MS) this.#shiftOwed += ahead - this.#ahead;
    this.#ahead = ahead;
    if (this.#shiftOwed === 0) return;
    this.#turns.write(this.#self);
    this.#shift.run(Math.floor(this.#shiftOwed));
    this.#shifting += this.#shiftOwed;
    this.#shiftOwed = 0;
  }

  /** What fails here is tried again: nobody else would come back for it. */
  #attempt(operation: () => void): void {
    try {
      operation();
    } catch (error) {
      this.#turns.afterError(error);
      this.#log.error('alarms could not be looked at', { error: String(error) });
      this.#clock.timer(FIRST_RETRY_MS, () => this.#look());
    }
  }

  #fireDue(): void {
    if (!this.#running || this.#firing.size >= MOST_AT_ONCE) return;
    const now = this.#clock.now();
    for (const row of this.#due.all(MOST_AT_ONCE * 2)) {
      const owner = Number(row['owner']);
      const at = Number(row['at']);
      if (this.#firing.has(owner)) continue;
      if (at > now) {
        this.#setTimer(at);
        return;
      }
      if (this.#firing.size >= MOST_AT_ONCE) return;
      this.#firing.set(owner, { again: undefined });
      void this.#fire(owner);
    }
  }

  async #fire(owner: number): Promise<void> {
    let retryAt: number | undefined;
    try {
      if (await this.#call(owner)) this.#failures.delete(owner);
      else retryAt = this.#clock.now() + this.#retryAfter(owner);
    } catch (error) {
      this.#log.error('an alarm failed', { owner, error: String(error) });
      retryAt = this.#clock.now() + this.#retryAfter(owner);
    }
    const again = Math.min(this.#firing.get(owner)?.again ?? Infinity, retryAt ?? Infinity);
    try {
      this.#turns.write(this.#self);
      if (again === Infinity) this.#delete.run(owner);
      else this.#write.run(owner, again);
      this.#firing.delete(owner);
    } catch (error) {
      // The row is as it was, so the alarm is still due; it waits until the database takes writes again.
      this.#turns.afterError(error);
      this.#log.error('an alarm could not be ended', { owner, error: String(error) });
      this.#clock.timer(FIRST_RETRY_MS, () => {
        this.#firing.delete(owner);
        this.#look();
      });
      return;
    }
    this.#look();
  }

  #retryAfter(owner: number): number {
    const failures = (this.#failures.get(owner) ?? 0) + 1;
    this.#failures.set(owner, failures);
    return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
  }
}
