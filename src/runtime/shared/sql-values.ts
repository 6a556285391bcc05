// What may be bound to a statement, checked alike on every runtime that binds with node:sqlite. Durable Objects turn a
// boolean into the text "true" and undefined into NULL; neither is ever meant.
import type { SqlValue } from '../../ports/sql.ts';

/** Throws a TypeError for the first value that must not be bound. */
export function checkValues(values: readonly SqlValue[]): void {
  for (const value of values) checkValue(value);
}

function checkValue(value: unknown): void {
  if (value === null || typeof value === 'string' || value instanceof Uint8Array) return;
  if (typeof value !== 'number') throw new TypeError(`a ${typeof value} cannot be bound to a statement`);
  if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be bound to a statement`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new TypeError(`the integer ${value} is beyond 2^53`);
}

/** How many values a statement takes; undefined where numbered parameters make that unclear. */
export function countParameters(text: string): number | undefined {
  const code = text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g, '');
  if (/\?\d|[:@$][A-Za-z_]/.test(code)) return undefined;
  return code.split('?').length - 1;
}
