// Unpadded base64, standard and URL-safe. https://spec.matrix.org/v1.19/appendices/#unpadded-base64
//
// Decoders take padding, as the specification asks, and nothing else: no white space, no letters of the other alphabet.
// Left-over bits of the last letter are not compared, since other servers do not compare them either.

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PADDING = 61;

function valuesOf(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}

const STANDARD_VALUES = valuesOf(STANDARD);
const URL_SAFE_VALUES = valuesOf(URL_SAFE);

export function encodeBase64(bytes: Uint8Array): string {
  return encode(bytes, STANDARD);
}

export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE);
}

/** The bytes, or undefined if `text` is not base64 in the standard alphabet, padded or not. */
export function decodeBase64(text: string): Uint8Array | undefined {
  return decode(text, STANDARD_VALUES);
}

/** The bytes, or undefined if `text` is not base64 in the URL-safe alphabet, padded or not. */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  return decode(text, URL_SAFE_VALUES);
}

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = '';
  let at = 0;
  for (; at + 2 < bytes.length; at += 3) {
    const triple = (byte(bytes, at) << 16) | (byte(bytes, at + 1) << 8) | byte(bytes, at + 2);
    text +=
      alphabet.charAt(triple >> 18) +
      alphabet.charAt((triple >> 12) & 63) +
      alphabet.charAt((triple >> 6) & 63) +
      alphabet.charAt(triple & 63);
  }
  const rest = bytes.length - at;
  if (rest === 0) return text;
  const last = (byte(bytes, at) << 16) | (rest === 2 ? byte(bytes, at + 1) << 8 : 0);
  text += alphabet.charAt(last >> 18) + alphabet.charAt((last >> 12) & 63);
  return rest === 2 ? text + alphabet.charAt((last >> 6) & 63) : text;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function decode(text: string, values: Int8Array): Uint8Array | undefined {
  const letters = unpaddedLength(text);
  if (letters === undefined || letters % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((letters * 3) / 4));
  let held = 0;
  let bits = 0;
  let written = 0;
  for (let at = 0; at < letters; at++) {
    const code = text.charCodeAt(at);
    const value = code < 128 ? (values[code] ?? -1) : -1;
    if (value < 0) return undefined;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[written++] = held >> bits;
    }
  }
  return bytes;
}

/** How many letters stand before the padding; undefined if there is padding that does not fill the last four. */
function unpaddedLength(text: string): number | undefined {
  let length = text.length;
  while (length > 0 && text.length - length < 3 && text.charCodeAt(length - 1) === PADDING) length--;
  const padding = text.length - length;
  if (padding === 0) return length;
  return padding <= 2 && text.length % 4 === 0 ? length : undefined;
}
