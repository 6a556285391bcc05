// Random text over an alphabet, each character equally likely.
import type { Random } from '../ports/random.ts';

export function randomText(random: Random, alphabet: string, length: number): string {
  const fair = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    // Bytes past the last whole multiple of the alphabet would favour its first characters.
    for (const byte of random.bytes(length))
      if (byte < fair && text.length < length) text += alphabet[byte % alphabet.length];
  }
  return text;
}
