// What a deactivated account has yet to do: it leaves its rooms, refuses its invites, forgets both, and rooms hear of its erasure. Noted in
// the commit that deactivates it, carried out after that, and found again by the alarm.
// https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate
import { MatrixError } from '../../spec/errors.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { FarewellStore, type FarewellRow } from './store/farewells.ts';

const AGAIN_MS = 10_000;
const AT_ONCE = 20;

export class Farewells {
  readonly #env: ObjectEnv;
  readonly #store: FarewellStore;
  #running: Promise<void> | undefined;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#store = new FarewellStore(env.sql, env.owner);
  }

  /** Notes rooms, inside a transaction. */
  note(userId: string, roomIds: readonly string[], erased: boolean): void {
    for (const roomId of roomIds) this.#store.add(userId, roomId, erased);
    if (roomIds.length > 0) this.#env.alarm.arm(this.#env.clock.now() + AGAIN_MS);
  }

  /** Carries out what is noted; one run at a time. Never throws: what fails stays noted. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Arms the alarm for what is still noted. */
  comeBack(): void {
    if (this.#store.some(1).length > 0) this.#env.alarm.arm(this.#env.clock.now() + AGAIN_MS);
  }

  async #run(): Promise<void> {
    for (;;) {
      const rows = this.#store.some(AT_ONCE);
      const done = await Promise.all(rows.map((row) => this.#bid(row)));
      // What could not be done now is left to the alarm.
      if (rows.length < AT_ONCE || done.includes(false)) return;
    }
  }

  async #bid({ user_id: userId, room_id: roomId, erased }: FarewellRow): Promise<boolean> {
    const { writing, lifecycle } = this.#env.actors.room(roomId);
    const by = { userId, deviceId: undefined, group: Number(this.#env.name) };
    try {
      if (erased) await writing.senderErased(userId);
      await writing.changeMembership(by, { target: userId, membership: 'leave', operation: 'leave' }).catch(refused);
      // Nobody reads there in its name again.
      await lifecycle.forget(by).catch(refused);
      this.#env.sql.transaction(() => {
        this.#store.end(userId, roomId);
      });
      return true;
    } catch (error) {
      this.#env.log.warn('a deactivated account could not leave a room', { room: roomId, error: String(error) });
      return false;
    }
  }
}

/** A refusal says that there is nothing to leave. */
function refused(error: unknown): void {
  if (!(error instanceof MatrixError) || error.status >= 500) throw error;
}
