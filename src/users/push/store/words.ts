// Words and the numbers that stand for them in notes, given out once.
import type { ObjectEnv } from '../../../ports/object-env.ts';

/** Words kept at hand. */
const KEPT = 20_000;

export class Words {
  readonly #env: Pick<ObjectEnv, 'sql' | 'owner'>;
  readonly #numbers = new Map<string, number>();
  readonly #words = new Map<number, string>();
  #last: number | undefined;

  constructor(env: Pick<ObjectEnv, 'sql' | 'owner'>) {
    this.#env = env;
  }

  /** The number of a word; 0 for the empty one, undefined if it has none. */
  find(word: string): number | undefined {
    if (word === '') return 0;
    const known = this.#numbers.get(word);
    if (known !== undefined) return known === 0 ? undefined : known;
    const { sql, owner } = this.#env;
    const row = sql.first<{ number: number }>(
      'SELECT number FROM users_words WHERE owner = ? AND word = ?',
      owner,
      word,
    );
    this.#keep(word, row?.number ?? 0);
    return row?.number;
  }

  /** The number of a word, which gets one if need be. Called outside of a transaction, in whose undoing it has no part. */
  number(word: string): number {
    const known = this.find(word);
    if (known !== undefined) return known;
    const { sql, owner } = this.#env;
    this.#last ??=
      sql.first<{ last: number | null }>('SELECT MAX(number) AS last FROM users_words WHERE owner = ?', owner)?.last ??
      0;
    const number = this.#last + 1;
    sql.transaction(() => {
      sql.run('INSERT INTO users_words (owner, number, word) VALUES (?, ?, ?)', owner, number, word);
    });
    this.#last = number;
    this.#keep(word, number);
    return number;
  }

  word(number: number): string {
    if (number === 0) return '';
    const known = this.#words.get(number);
    if (known !== undefined) return known;
    const { sql, owner } = this.#env;
    const word = sql.first<{ word: string }>(
      'SELECT word FROM users_words WHERE owner = ? AND number = ?',
      owner,
      number,
    )?.word;
    if (word === undefined) throw new Error(`there is no word ${number}`);
    this.#keep(word, number);
    return word;
  }

  #keep(word: string, number: number): void {
    if (this.#numbers.size >= KEPT) {
      this.#numbers.clear();
      this.#words.clear();
    }
    this.#numbers.set(word, number);
    if (number > 0) this.#words.set(number, word);
  }
}
