// How numbers were written that a double cannot hold, or that are no integers. Events of room versions 1 to 5 may have such,
// a depth of 2^63 − 1 being the usual one, and hashes and signatures are made over the digits.
// https://spec.matrix.org/v1.19/appendices/#canonical-json
//
// The strict reader notes them beside the value, the lenient canonical form looks them up. The values themselves stay plain
// numbers, so that nobody else has to know.

const written = new WeakMap<object, Map<string, string>>();

/** Without an exponent, a number is hashed as it was sent. With one, there is no telling how its sender hashed it. */
const PLAIN = /^-?\d+(\.\d+)?$/;

/** Notes that the number at `key` of `holder` was written as `token`. */
export function noteWrittenNumber(holder: object, key: string, token: string): void {
  if (!PLAIN.test(token) || token === '-0') return;
  const tokens = written.get(holder);
  if (tokens === undefined) written.set(holder, new Map([[key, token]]));
  else tokens.set(key, token);
}

/** How the number `value` at `key` of `holder` was written, if that was noted. */
export function writtenNumber(holder: object, key: string | number, value: number): string | undefined {
  const token = written.get(holder)?.get(String(key));
  return token !== undefined && Number(token) === value ? token : undefined;
}

/** Lets `copy`, which has members of `original` under the same names, write their numbers as `original` does. */
export function keepWrittenNumbers<Copy extends object>(original: object, copy: Copy): Copy {
  const tokens = written.get(original);
  if (tokens !== undefined) written.set(copy, tokens);
  return copy;
}
