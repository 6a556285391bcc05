// Small integers in few bytes, written and read in order.
import { DamagedMapError } from './node-store.ts';

export class Writer {
  #bytes = new Uint8Array(512);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = value;
  }

  /** Sixteen bits, one for each slot that holds something. */
  bitmap(slots: readonly unknown[]): void {
    let bits = 0;
    for (let slot = 0; slot < slots.length; slot++) if (slots[slot] !== undefined) bits |= 1 << slot;
    this.byte(bits & 0xff);
    this.byte(bits >>> 8);
  }

  /** A non-negative safe integer, seven bits a byte, the low ones first. Throws a `RangeError` for anything else. */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} cannot be written`);
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** What was written, as bytes of their own. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

export class Bytes {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new DamagedMapError('a row ends too early');
    return value;
  }

  bitmap(): number {
    return this.byte() | (this.byte() << 8);
  }

  varint(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new DamagedMapError('a number is too large');
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
