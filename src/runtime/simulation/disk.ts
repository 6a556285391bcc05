// The simulator's disk: what a machine has written, and what of it a power cut would leave. A sync takes its time, and covers
// what was committed when it began; nothing is promised before it ends.
import type { Durability } from '../../ports/durability.ts';
import type { Connection } from '../shared/connection.ts';
import type { TurnListener, Turns } from '../shared/turns.ts';
import { opensGate, type PlantedBug } from './planted.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';

interface Waiter {
  readonly turn: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Disk implements Durability, TurnListener {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #connection: Connection;
  readonly #turns: Turns;
  readonly #open: boolean;
  #waiting: Waiter[] = [];
  #durable: number;
  #syncing = false;
  #dead = false;
  /** The database as it was when the last turn was committed: a sync does not cover what a turn has only begun. */
  #committedImage: Uint8Array;
  /** The database as a power cut would leave it. */
  durableImage: Uint8Array;

  constructor(
    scheduler: Scheduler,
    random: SeededRandom,
    connection: Connection,
    turns: Turns,
    planted: PlantedBug | undefined,
  ) {
    this.#open = opensGate(planted);
    this.#scheduler = scheduler;
    this.#random = random;
    this.#connection = connection;
    this.#turns = turns;
    // What was there before this life began had been synced in the last.
    this.#durable = turns.committed;
    this.durableImage = connection.image();
    this.#committedImage = this.durableImage;
    turns.listen(this);
  }

  settled(): Promise<void> {
    if (this.#open) return Promise.resolve();
    const turn = this.#turns.newest;
    if (turn <= this.#durable) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ turn, resolve, reject });
    });
  }

  committed(): void {
    this.#committedImage = this.#connection.image();
    this.#sync();
  }

  failed(turn: number, error: Error): void {
    this.#end(
      (waiter) => waiter.turn === turn,
      (waiter) => waiter.reject(error),
    );
  }

  /** The machine has died: nothing that waits here ever goes on. */
  die(): void {
    this.#dead = true;
    this.#waiting = [];
  }

  #sync(): void {
    if (this.#syncing || this.#dead || this.#turns.committed <= this.#durable) return;
    this.#syncing = true;
    const [turn, image] = [this.#turns.committed, this.#committedImage];
    this.#scheduler.after(1 + this.#random.below(20), 'sync', () => {
      if (this.#dead) return;
      this.#syncing = false;
      this.#durable = turn;
      this.durableImage = image;
      this.#end(
        (waiter) => waiter.turn <= turn,
        (waiter) => waiter.resolve(),
      );
      this.#sync();
    });
  }

  #end(which: (waiter: Waiter) => boolean, how: (waiter: Waiter) => void): void {
    const ended = this.#waiting.filter(which);
    this.#waiting = this.#waiting.filter((waiter) => !which(waiter));
    for (const waiter of ended) how(waiter);
  }
}
