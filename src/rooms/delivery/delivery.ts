// Tells the Users groups what happened, out of the room's own log. A group answers how far it has come, so that nothing is
// kept for it: whatever is lost on the way is found again by asking. https://spec.matrix.org/v1.19/client-server-api/#syncing
import type { RoomData } from '../room-data.ts';
import { entriesAfter } from './entries.ts';

/** Log entries in one call. */
const BATCH = 200;
/** A group that may lag by more is asked how far it is before it is told. */
const ASK_FIRST = 8;
/** Answers without progress after which a group is left for later. */
const STUCK_MAX = 3;
/** How long an answer to a client waits for groups other than its own, and for its own. */
const OTHERS_WAIT_MS = 1000;
const OWN_WAIT_MS = 10_000;
/** How long a client's own group is left alone after it could not be told, at first and at most. */
const AGAIN_MS = 50;
const AGAIN_MAX_MS = 1000;

/** How a group stands: `told` is what it is known to have. */
interface Line {
  readonly group: number;
  told: number;
  /** Whether `told` is what the group said itself since this instance woke. */
  confirmed: boolean;
  /** The last position that it is to have. */
  due: number;
  sending: Promise<void> | undefined;
  busy: boolean;
}

export class Delivery {
  readonly #data: RoomData;
  readonly #lines = new Map<number, Line>();
  #loaded = false;

  constructor(data: RoomData) {
    this.#data = data;
  }

  /** Who is told changed (a membership did). Called after the commit. */
  reload(): void {
    this.#loaded = false;
  }

  /**
   * Tells all groups, and waits for the one named (and for the others at most 1 s). What the others miss comes later. Throws
   * if the one named has not been told after 10 s, though it was asked again and again: whoever asked would not see what they
   * have done, so they are told to repeat it, which changes nothing and tells again.
   */
  async publish(ownGroup: number | undefined): Promise<void> {
    const lines = this.#due();
    if (lines.length === 0) return;
    for (const line of lines) void this.#send(line);
    const own = lines.find((line) => line.group === ownGroup);
    if (own !== undefined) await this.#insist(own);
    const others = lines.filter((line) => line !== own && line.sending !== undefined);
    if (others.length > 0) await this.#within(Promise.all(others.map((line) => line.sending)), OTHERS_WAIT_MS);
  }

  /** The groups with users in the room now. */
  groups(): number[] {
    return this.#all()
      .filter((line) => line.due === Infinity)
      .map((line) => line.group);
  }

  /** Whether a group has yet to hear of something. */
  get lags(): boolean {
    return this.#due().length > 0;
  }

  /** Tells whoever lags; true if somebody still does. */
  async retry(): Promise<boolean> {
    this.#data.deliveryAlarm.forget();
    for (const line of this.#all()) {
      // What was written down may be old: the group itself knows.
      if (!line.confirmed && line.due !== Infinity && line.told >= line.due) continue;
      if (line.sending === undefined) void this.#send(line);
    }
    await Promise.all(this.#all().map((line) => line.sending));
    const lagging = this.#due().length > 0;
    this.#writeDown();
    if (lagging) this.#data.deliveryAlarm.arm();
    return lagging;
  }

  #writeDown(): void {
    const { members, env } = this.#data;
    env.sql.transaction(() => {
      for (const stored of members.groups()) {
        const told = this.#lines.get(stored.group)?.told ?? stored.told;
        if (told > stored.told) members.putGroup({ ...stored, told });
      }
    });
  }

  #all(): Line[] {
    if (this.#data.known === undefined) return [];
    if (!this.#loaded) {
      for (const stored of this.#data.members.groups()) {
        const due = stored.members > 0 ? Infinity : stored.due;
        const line = this.#lines.get(stored.group);
        if (line === undefined) {
          this.#lines.set(stored.group, {
            group: stored.group,
            told: stored.told,
            confirmed: false,
            due,
            sending: undefined,
            busy: false,
          });
        } else {
          line.due = due;
          line.told = Math.max(line.told, stored.told);
        }
      }
      this.#loaded = true;
    }
    return [...this.#lines.values()];
  }

  #due(): Line[] {
    const lines = this.#all();
    const last = this.#data.known?.roomPos ?? 0;
    return lines.filter((line) => line.told < Math.min(line.due, last));
  }

  /** One call at a time for each group; whoever comes meanwhile waits for the same. */
  #send(line: Line): Promise<void> {
    if (line.sending !== undefined) return line.sending;
    line.busy = true;
    const sending = this.#drain(line);
    // It may have failed before it waited for anything.
    if (line.busy) line.sending = sending;
    return sending;
  }

  /** Rejects if the group cannot be brought to where the log is now. */
  async #insist(line: Line): Promise<void> {
    const { clock } = this.#data.env;
    const goal = Math.min(line.due, this.#data.known?.roomPos ?? 0);
    const end = clock.monotonic() + OWN_WAIT_MS;
    for (let wait = AGAIN_MS; ; wait = Math.min(2 * wait, AGAIN_MAX_MS)) {
      await this.#within(this.#send(line), end - clock.monotonic());
      if (line.told >= goal) return;
      if (clock.monotonic() + wait >= end) throw new Error('the group of who asked could not be told in time');
      const { promise, resolve } = Promise.withResolvers<void>();
      clock.timer(wait, resolve);
      await promise;
    }
  }

  /** Never rejects: what could not be told is told later. */
  async #drain(line: Line): Promise<void> {
    const { env, roomId } = this.#data;
    try {
      const { stream } = env.actors.users(line.group);
      for (let stuck = 0; stuck < STUCK_MAX;) {
        const { roomPos, epoch } = this.#data.known ?? this.#data.head;
        const goal = Math.min(line.due, roomPos);
        if (line.confirmed && line.told >= goal) return;
        // What was written down may be long ago: then ask first.
        const asks = !line.confirmed && goal - line.told > ASK_FIRST;
        const entries = asks ? [] : entriesAfter(this.#data, line.told, goal, BATCH);
        const { applied } = await stream.apply(roomId, epoch, line.told, entries);
        stuck = applied > line.told || asks ? 0 : stuck + 1;
        line.told = Math.min(applied, roomPos);
        line.confirmed = true;
      }
      throw new Error('the group does not go on');
    } catch (error) {
      env.log.warn('a users group could not be told of a room', { group: line.group, error: String(error) });
    } finally {
      // In the same breath as the last look at the log: what is appended after it begins a new call.
      line.busy = false;
      line.sending = undefined;
    }
  }

  /** Waits for a promise, but not longer than `ms`. */
  async #within(promise: Promise<unknown> | undefined, ms: number): Promise<void> {
    if (promise === undefined) return;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#data.env.clock.timer(ms, resolve);
    await Promise.race([promise, late]);
    timer.cancel();
  }
}
