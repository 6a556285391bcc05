// Who is typing: kept in memory only, and told whole at every change.
// https://spec.matrix.org/v1.19/client-server-api/#typing-notifications
import type { Requester } from '../../ports/contracts/requester.ts';
import type { Timer } from '../../ports/clock.ts';
import { forbidden } from '../../spec/errors.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { RoomData } from '../room-data.ts';

/** The longest that one notice lasts. */
const TIMEOUT_MAX_MS = 120_000;
/** Who types on is told of again after so long: the groups forget a notice that nobody has renewed for 150 s. */
const TELL_AGAIN_MS = 60_000;

export class Typing {
  readonly #data: RoomData;
  readonly #delivery: Delivery;
  readonly #typers = new Map<string, Timer>();
  #toldAt = -Infinity;

  constructor(data: RoomData, delivery: Delivery) {
    this.#data = data;
    this.#delivery = delivery;
  }

  /** Starts, renews or (with 0) ends a notice. Throws 403 M_FORBIDDEN if the user is not joined. */
  async notice(by: Requester, timeoutMs: number): Promise<void> {
    if (this.#data.begun === undefined || this.#data.members.get(by.userId)?.membership !== 'join') {
      throw forbidden('You are not in this room.');
    }
    if (timeoutMs <= 0) {
      if (this.stop(by.userId)) await this.#tell();
      return;
    }
    const before = this.#typers.get(by.userId);
    before?.cancel();
    const timer = this.#data.env.clock.timer(Math.min(timeoutMs, TIMEOUT_MAX_MS), () => {
      if (this.#typers.get(by.userId) === timer && this.#typers.delete(by.userId)) void this.#tell();
    });
    this.#typers.set(by.userId, timer);
    const isOld = this.#data.env.clock.monotonic() - this.#toldAt >= TELL_AGAIN_MS;
    if (before === undefined || isOld) await this.#tell();
  }

  /** A user who says something, or leaves, types no more. Tells nobody by itself; true if there is something to tell. */
  stop(userId: string): boolean {
    const timer = this.#typers.get(userId);
    timer?.cancel();
    return this.#typers.delete(userId);
  }

  /** Ends a notice and tells of it in the background. */
  stopAndTell(userId: string): void {
    if (this.#typers.size > 0 && this.stop(userId)) void this.#tell();
  }

  async #tell(): Promise<void> {
    const typing = [...this.#typers.keys()];
    const { env, roomId } = this.#data;
    this.#toldAt = env.clock.monotonic();
    const calls = this.#delivery.groups().map((group) => env.actors.users(group).stream.applyTyping(roomId, typing));
    for (const outcome of await Promise.allSettled(calls)) {
      // A lost notice is no harm: it ends by itself on the client.
      if (outcome.status === 'rejected') env.log.debug('typing was not told', { error: String(outcome.reason) });
    }
  }
}
