// The alarm door of a Durable Object: the platform's one alarm, which only ever moves to an earlier time.
import type { DurableObjectStorage } from '@cloudflare/workers-types';
import type { Alarm } from '../../ports/alarm.ts';
import type { Log } from '../../ports/log.ts';
import { platformTime, workersClock } from './system.ts';

const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 600_000;

export class DurableAlarm implements Alarm {
  readonly #storage: DurableObjectStorage;
  readonly #log: Log;
  /** When the pending alarm fires; undefined if there is none. */
  #pending: number | undefined;
  #failures = 0;

  constructor(storage: DurableObjectStorage, log: Log) {
    this.#storage = storage;
    this.#log = log;
  }

  /** Finds out what is pending, before the object answers its first call. */
  async load(): Promise<void> {
    this.#pending = (await this.#storage.getAlarm()) ?? undefined;
  }

  get pending(): number | undefined {
    return this.#pending;
  }

  arm(atMs: number): void {
    const at = Math.max(0, Math.ceil(platformTime(atMs)));
    if (this.#pending !== undefined && this.#pending <= at) return;
    this.#pending = at;
    // A write like any other: it belongs to the commit of this turn, and the output gate waits for it.
    this.#storage.setAlarm(at).catch((error: unknown) => {
      this.#log.error('an alarm could not be set', { error: String(error) });
    });
  }

  /** Notes what is pending; the function that is returned goes back to it, for a transaction that is undone. */
  mark(): () => void {
    const before = this.#pending;
    return () => {
      this.#pending = before;
    };
  }

  /**
   * Answers the platform's call. It gives up an alarm whose handler has thrown six times, so this never throws: a failed
   * handler is called again later, for as long as it takes.
   */
  async fire(handler: () => Promise<void>): Promise<void> {
    this.#pending = undefined;
    try {
      await handler();
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      this.#log.error('an alarm failed', {
        error: error instanceof Error ? error.stack : String(error),
        failures: this.#failures,
      });
      this.arm(workersClock.now() + Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS));
    }
  }
}
