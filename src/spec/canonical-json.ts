// Canonical JSON: the one encoding that hashes and signatures are made over.
// https://spec.matrix.org/v1.19/appendices/#canonical-json
import type { Json, JsonObject } from './json.ts';
import { writtenNumber } from './written-numbers.ts';

/** The value has no canonical form: a number that is not allowed, or text that is not Unicode. */
export class NotCanonicalError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotCanonicalError';
  }
}

const NEEDS_ESCAPE = /["\\\p{Cc}\p{Cs}]/u;
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Canonical JSON by the letter: throws `NotCanonicalError` for a number that is not an integer within ±(2^53 − 1) and for
 * text with a lone surrogate. Negative zero is written as 0.
 */
export function canonicalJson(value: Json): string {
  return typeof value === 'number' ? strictNumber(value) : write(value, strictNumber);
}

/** `canonicalJson` of the member `key` of `object`, or with `lenient` its `lenientCanonicalJson`. */
export function canonicalMember(object: JsonObject, key: string, lenient: boolean): string {
  const number = lenient ? lenientNumber : strictNumber;
  const value = object[key] ?? null;
  return typeof value === 'number' ? number(value, object, key) : write(value, number);
}

/**
 * As `canonicalJson`, but other finite numbers are written too, as they were sent where the reader noted it: what events of
 * room versions 1 to 5, which may not enforce canonical JSON, are hashed over. Throws for what has no JSON form at all.
 */
export function lenientCanonicalJson(value: Json): string {
  return typeof value === 'number' ? lenientNumber(value) : write(value, lenientNumber);
}

/** A string as a canonical JSON value, quotes included. */
export function canonicalString(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new NotCanonicalError('text holds a lone surrogate');
  return JSON.stringify(text);
}

/** The names of the members of `object` in canonical order: by code point, which UTF-16 order is not. */
export function sortedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object);
  if (keys.length < 2) return keys;
  let sorted = true;
  let surrogates = false;
  let previous = '';
  for (const key of keys) {
    if (key < previous) sorted = false;
    if (!surrogates && SURROGATE.test(key)) surrogates = true;
    previous = key;
  }
  if (surrogates) return keys.sort(compareCodePoints);
  return sorted ? keys : keys.sort();
}

/** Negative, zero or positive as `a` stands before, at or after `b` by Unicode code points. */
export function compareCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** How many bytes `text` takes in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // A pair of surrogates is two units and four bytes; a lone one would be written as U+FFFD, three bytes.
    if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(at + 1))) at++;
    else if (unit < 0x800) {
      bytes += 1;
      continue;
    }
    bytes += 2;
  }
  return bytes;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** Puts surrogates, which stand for the code points beyond U+FFFF, after all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

type NumberWriter = (value: number, holder?: object, key?: string | number) => string;

/** Writes what is not a number; numbers are written where their holder is known. */
function write(value: Exclude<Json, number>, number: NumberWriter): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value);
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      if (value === null) return 'null';
      return isArray(value) ? writeArray(value, number) : writeObject(value, number);
  }
}

// Array.isArray does not narrow a readonly array away from the other members of the union.
function isArray(value: JsonObject | readonly Json[]): value is readonly Json[] {
  return Array.isArray(value);
}

function writeArray(array: readonly Json[], number: NumberWriter): string {
  let text = '[';
  for (let at = 0; at < array.length; at++) {
    const item = array[at] ?? null;
    if (at > 0) text += ',';
    text += typeof item === 'number' ? number(item, array, at) : write(item, number);
  }
  return `${text}]`;
}

function writeObject(object: JsonObject, number: NumberWriter): string {
  let text = '{';
  let separator = '';
  for (const key of sortedKeys(object)) {
    const value = object[key];
    if (value === undefined) continue;
    text += `${separator}${canonicalString(key)}:${typeof value === 'number' ? number(value, object, key) : write(value, number)}`;
    separator = ',';
  }
  return `${text}}`;
}

function strictNumber(value: number): string {
  if (!Number.isSafeInteger(value))
    throw new NotCanonicalError(`${value} is not an integer that canonical JSON can hold`);
  return String(value);
}

function lenientNumber(value: number, holder?: object, key?: string | number): string {
  if (!Number.isFinite(value)) throw new NotCanonicalError(`${value} is not a number in JSON`);
  const token = holder !== undefined && key !== undefined ? writtenNumber(holder, key, value) : undefined;
  if (token !== undefined) return token;
  return Number.isInteger(value) && Math.abs(value) < 2 ** 64 ? BigInt(value).toString() : String(value);
}
