// What of a deactivated account is too much to be deleted in one commit, in which nobody else is served: nobody can reach it once
// the account has ended, and it goes in pieces after that. The alarm takes up what a crash has left.
// https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate
import type { ObjectEnv } from '../../ports/object-env.ts';
import { RemainStore } from './store/remains.ts';

const AGAIN_MS = 10_000;

export class Remains {
  readonly #env: ObjectEnv;
  readonly #store: RemainStore;
  /** Deletes a piece inside a transaction; false once there is no more. */
  readonly #removeSome: (userId: string) => boolean;
  #running: Promise<void> | undefined;

  constructor(env: ObjectEnv, removeSome: (userId: string) => boolean) {
    this.#env = env;
    this.#store = new RemainStore(env.sql, env.owner);
    this.#removeSome = removeSome;
  }

  /** Inside the transaction that ends the account. */
  note(userId: string): void {
    this.#store.add(userId);
    this.#env.alarm.arm(this.#env.clock.now() + AGAIN_MS);
  }

  /** Deletes what is noted; one run at a time. Never throws: what fails stays noted. */
  run(): Promise<void> {
    this.#running ??= this.#run()
      .catch((error: unknown) => {
        this.#env.log.warn('what a deactivated account has left could not be deleted', { error: String(error) });
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** Arms the alarm for what is still noted. */
  comeBack(): void {
    if (this.#store.first() !== undefined) this.#env.alarm.arm(this.#env.clock.now() + AGAIN_MS);
  }

  async #run(): Promise<void> {
    while (this.#env.sql.transaction(() => this.#removePiece())) {
      this.#env.failpoint('users.piece-removed');
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#env.clock.timer(0, resolve);
      await promise;
    }
  }

  #removePiece(): boolean {
    const userId = this.#store.first();
    if (userId === undefined) return false;
    if (!this.#removeSome(userId)) this.#store.end(userId);
    return true;
  }
}
