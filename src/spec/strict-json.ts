// The one reader for JSON text from outside. RFC 8259 leaves much to the reader that Matrix cannot leave open: two servers
// that read the same bytes must see the same value. https://spec.matrix.org/v1.19/appendices/#canonical-json
//
// `JSON.parse` makes the value, and one scan of the text finds what the value no longer shows: how numbers were written and
// how many members there were. If the value has fewer members than the text, a name came twice.
import { utf8Length } from './canonical-json.ts';
import { isObject, type Json } from './json.ts';
import { JSON_DEPTH } from './limits.ts';
import { noteWrittenNumber } from './written-numbers.ts';

export type JsonFault = 'too-large' | 'not-utf8' | 'syntax' | 'too-deep' | 'duplicate-key' | 'lone-surrogate';

export class JsonError extends Error {
  readonly reason: JsonFault;

  constructor(reason: JsonFault) {
    super(`not acceptable as JSON: ${reason}`);
    this.name = 'JsonError';
    this.reason = reason;
  }
}

export interface JsonLimits {
  readonly maxBytes?: number;
  readonly maxDepth?: number;
}

export interface JsonReading {
  readonly value: Json;
  /** Every number was written as an integer within ±(2^53 − 1), without point, exponent or negative zero. */
  readonly integersOnly: boolean;
  /** The objects and arrays that hold, at any depth, a number written otherwise. Empty if `integersOnly`. */
  readonly withOtherNumbers: ReadonlySet<object>;
}

/** What one scan of a text finds. It presumes nothing about the syntax, and so must not be believed before the parser agrees. */
interface Scan {
  depth: number;
  members: number;
  integersOnly: boolean;
  surrogateEscapes: boolean;
}

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
const INTEGER = /^-?\d{1,16}$/;
const NONE: ReadonlySet<object> = new Set();

const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;

/** Reads `input` or throws `JsonError`. The size is looked at first and the depth before anything is built. */
export function readJson(input: Uint8Array | string, limits: JsonLimits = {}): JsonReading {
  const maxBytes = limits.maxBytes ?? Infinity;
  const text = typeof input === 'string' ? checkText(input, maxBytes) : decodeUtf8(input, maxBytes);
  const scan = scanText(text, limits.maxDepth ?? JSON_DEPTH);
  const marks = scan.integersOnly ? undefined : new Set<object>();
  const value = parse(text, marks);
  if (countMembers(value) !== scan.members) throw new JsonError('duplicate-key');
  if (scan.surrogateEscapes) refuseLoneSurrogates(value);
  return { value, integersOnly: scan.integersOnly, withOtherNumbers: marks ?? NONE };
}

function checkText(text: string, maxBytes: number): string {
  if (text.length > maxBytes || (maxBytes !== Infinity && utf8Length(text) > maxBytes))
    throw new JsonError('too-large');
  if (!text.isWellFormed()) throw new JsonError('lone-surrogate');
  return text;
}

function decodeUtf8(bytes: Uint8Array, maxBytes: number): string {
  if (bytes.length > maxBytes) throw new JsonError('too-large');
  try {
    return DECODER.decode(bytes);
  } catch {
    throw new JsonError('not-utf8');
  }
}

function scanText(text: string, maxDepth: number): Scan {
  const scan: Scan = { depth: 0, members: 0, integersOnly: true, surrogateEscapes: false };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    switch (code) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case 58:
        scan.members++;
        break;
      case 91:
      case 123:
        if (++scan.depth > maxDepth) throw new JsonError('too-deep');
        break;
      case 93:
      case 125:
        scan.depth--;
        break;
      default:
        if (code === MINUS || (code >= 48 && code <= 57)) {
          const start = at;
          at = endOfNumber(text, at);
          if (scan.integersOnly && !isIntegerToken(text, start, at + 1)) scan.integersOnly = false;
        }
    }
  }
  scan.surrogateEscapes = SURROGATE_ESCAPE.test(text);
  return scan;
}

/** The index of the quote that closes the string opened at `start`, or the last index if none does. */
function endOfString(text: string, start: number): number {
  let at = start;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const inNumber =
      (code >= 48 && code <= 57) || code === 46 || code === 43 || code === MINUS || code === 101 || code === 69;
    if (!inNumber) break;
  }
  return at - 1;
}

function isIntegerToken(text: string, start: number, end: number): boolean {
  if (end - start === 1) return true;
  const token = text.slice(start, end);
  return INTEGER.test(token) && token !== '-0' && Number.isSafeInteger(Number(token));
}

/** With `marks`, notes every holder of a number not written as an integer; inner values are visited before their holders. */
function parse(text: string, marks: Set<object> | undefined): Json {
  try {
    if (marks === undefined) return JSON.parse(text);
    return JSON.parse(
      text,
      function mark(this: object, key: string, value: Json, ...context: { readonly source?: string }[]): Json {
        const source = context[0]?.source ?? '';
        if (typeof value === 'number') {
          if (isIntegerToken(source, 0, source.length)) return value;
          noteWrittenNumber(this, key, source);
          marks.add(this);
        } else if (typeof value === 'object' && value !== null && marks.has(value)) {
          marks.add(this);
        }
        return value;
      },
    );
  } catch {
    throw new JsonError('syntax');
  }
}

function countMembers(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (isObject(value)) {
    for (const key of Object.keys(value)) {
      count++;
      const inner = value[key];
      if (typeof inner === 'object' && inner !== null) count += countMembers(inner);
    }
    return count;
  }
  for (const item of value) if (typeof item === 'object' && item !== null) count += countMembers(item);
  return count;
}

function refuseLoneSurrogates(value: Json): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new JsonError('lone-surrogate');
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      refuseLoneSurrogates(key);
      refuseLoneSurrogates(value[key] ?? null);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const item of value) refuseLoneSurrogates(item);
  }
}
