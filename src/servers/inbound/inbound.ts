// Transactions that other servers send us: each is taken once, and what a room cannot take yet waits here.
// https://spec.matrix.org/v1.19/server-server-api/#transactions
import type { PduText, ServersInbound } from '../../ports/contracts/servers-inbound.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { limitExceeded } from '../../spec/errors.ts';
import type { RoomQueue } from '../work/room-queue.ts';
import type { WorkSchedule } from '../work/work.ts';
import { TransactionStore } from './store/transactions.ts';

/** Answers that are kept: a server repeats only the transaction that it has no answer to. */
const ANSWERS_OF_ORIGIN = 30;
const ANSWERS = 20_000;
/** Whoever took a transaction has answered by then, or never will. */
const TAKEN_MS = 60_000;
const MOST_TAKEN = 10_000;

export class Inbound implements ServersInbound {
  readonly #env: ObjectEnv;
  readonly #rooms: RoomQueue;
  readonly #work: WorkSchedule;
  readonly #answers: TransactionStore;
  /** By origin and transaction id: until when the taker has it, on the monotonic clock. In the order of taking. */
  readonly #taken = new Map<string, number>();

  constructor(env: ObjectEnv, rooms: RoomQueue, work: WorkSchedule) {
    this.#env = env;
    this.#rooms = rooms;
    this.#work = work;
    this.#answers = new TransactionStore(env.sql, env.owner);
  }

  async begin(origin: string, transactionId: string): ReturnType<ServersInbound['begin']> {
    const answer = this.#answers.answer(origin, transactionId);
    if (answer !== undefined) return { kind: 'answered', answer };
    const now = this.#env.clock.monotonic();
    const name = nameOf(origin, transactionId);
    if ((this.#taken.get(name) ?? 0) > now) return { kind: 'under-way' };
    this.#forgetOld(now);
    if (this.#taken.size >= MOST_TAKEN) throw limitExceeded(TAKEN_MS);
    this.#taken.delete(name);
    this.#taken.set(name, now + TAKEN_MS);
    return { kind: 'yours', behind: this.#rooms.waitingRoomsOf(origin) };
  }

  async finish(origin: string, transactionId: string, answer: string): Promise<void> {
    this.#env.sql.transaction(() => {
      this.#answers.add(origin, transactionId, answer);
      this.#answers.prune(origin, ANSWERS_OF_ORIGIN, ANSWERS);
    });
    this.#taken.delete(nameOf(origin, transactionId));
  }

  async abandon(origin: string, transactionId: string): Promise<void> {
    this.#taken.delete(nameOf(origin, transactionId));
  }

  async stage(origin: string, roomId: string, texts: readonly PduText[]): Promise<{ readonly taken: number }> {
    const taken = this.#env.sql.transaction(() => {
      const count = this.#rooms.addWaiting(origin, roomId, texts);
      this.#work.arm();
      return count;
    });
    this.#env.runner.wake();
    return { taken };
  }

  #forgetOld(now: number): void {
    for (const [name, until] of this.#taken) {
      if (until > now) return;
      this.#taken.delete(name);
    }
  }
}

/** No server name has a space in it. */
function nameOf(origin: string, transactionId: string): string {
  return `${origin} ${transactionId}`;
}
