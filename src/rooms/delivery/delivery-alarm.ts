// The alarm behind a delivery that may be lost: set in the commit that made something to deliver, one at a time.
import type { ObjectEnv } from '../../ports/object-env.ts';

/** When the alarm looks whether everybody has been told. */
const AFTER_MS = 15_000;

export class DeliveryAlarm {
  readonly #env: ObjectEnv;
  /** When the alarm that we know of will come. */
  #at = 0;

  constructor(env: ObjectEnv) {
    this.#env = env;
  }

  /** Called inside a commit. */
  arm(): void {
    const now = this.#env.clock.now();
    if (this.#at > now && this.#at <= now + AFTER_MS) return;
    this.#at = now + AFTER_MS;
    this.#env.alarm.arm(this.#at);
  }

  /** The alarm has come, or what armed it was undone. */
  forget(): void {
    this.#at = 0;
  }
}
