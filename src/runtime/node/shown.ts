// What an answer shows: the newest turn of any object that was asked for it. What other objects wrote meanwhile does not hold
// it up, so that a read beside a busy room need not wait for the disk.
import { AsyncLocalStorage } from 'node:async_hooks';

interface Answer {
  turn: number;
}

export class Shown {
  readonly #answers = new AsyncLocalStorage<Answer>();

  /** An object that last wrote in `turn` was asked, for whatever answer is being made. */
  note(turn: number): void {
    const answer = this.#answers.getStore();
    if (answer && turn > answer.turn) answer.turn = turn;
  }

  /** Makes an answer, and tells the newest turn that it may show. */
  async by<T>(make: () => Promise<T>): Promise<{ readonly made: T; readonly turn: number }> {
    const answer: Answer = { turn: 0 };
    const made = await this.#answers.run(answer, make);
    return { made, turn: answer.turn };
  }
}
