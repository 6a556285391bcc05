// Objects for running the conformance suite where objects live in one process: one whose doors are tried, and one to call.
import type { LivingObject, ObjectEnv } from '../../src/ports/object-env.ts';
import { Peer } from './peer.ts';

export class Probe implements LivingObject {
  readonly env: ObjectEnv;
  #alarms = 0;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(env: ObjectEnv) {
    this.env = env;
  }

  async alarm(): Promise<void> {
    this.#alarms++;
    for (const waiter of this.#waiting) if (waiter.count <= this.#alarms) waiter.resolve();
  }

  alarmed(count: number): Promise<void> {
    if (this.#alarms >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
    });
  }
}

export class LivingPeer extends Peer implements LivingObject {
  async alarm(): Promise<void> {
    // A peer arms no alarm.
  }
}
