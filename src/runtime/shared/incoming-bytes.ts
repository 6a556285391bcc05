// A body on its way in. Its chunks are copied together as they come: a body of single bytes would otherwise be held as a
// million objects.
import { tooLarge } from '../../spec/errors.ts';

const FIRST_BYTES = 4096;

export class IncomingBytes {
  readonly #maxBytes: number;
  #bytes: Uint8Array | undefined;
  #length = 0;

  /** `declared` is the Content-Length, if there is one. Throws a 413 `MatrixError` if that is too much already. */
  constructor(maxBytes: number, declared: string | undefined) {
    this.#maxBytes = maxBytes;
    if (Number(declared ?? 0) > maxBytes) throw this.#refusal();
  }

  get length(): number {
    return this.#length;
  }

  /** Throws a 413 `MatrixError` as soon as there is too much. */
  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#maxBytes) throw this.#refusal();
    if (!this.#bytes || length > this.#bytes.length) {
      // What is declared is not believed before it comes.
      const grown = new Uint8Array(Math.min(Math.max(length * (this.#bytes ? 2 : 1), FIRST_BYTES), this.#maxBytes));
      if (this.#bytes) grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  /** All that has come. */
  all(): Uint8Array {
    return this.#bytes ? this.#bytes.subarray(0, this.#length) : new Uint8Array(0);
  }

  #refusal(): Error {
    return tooLarge(`The body is longer than ${this.#maxBytes} bytes.`);
  }
}
