// The query parameters with which clients page through events.
import { invalidParam, missingParam } from '../spec/errors.ts';
import { wholeNumberOf } from './query.ts';

/** Throws 400 M_INVALID_PARAM for what is no whole number of at least `least`. */
export function limitOf(query: URLSearchParams, standard: number, most: number, least = 1): number {
  const asked = wholeNumberOf(query, 'limit');
  if (asked === undefined) return standard;
  if (asked < least) throw invalidParam(`limit must be a number from ${least} on.`);
  return Math.min(asked, most);
}

/** Throws 400 M_MISSING_PARAM without a direction (unless there is a standard), 400 M_INVALID_PARAM for another than the two. */
export function directionOf(query: URLSearchParams, standard?: 'b' | 'f'): 'b' | 'f' {
  const direction = query.get('dir') ?? standard;
  if (direction === undefined) throw missingParam('dir is missing.');
  if (direction !== 'b' && direction !== 'f') throw invalidParam('dir must be b or f.');
  return direction;
}

/** Undefined if the parameter is not given. Throws 400 M_INVALID_PARAM for what is neither true nor false. */
export function flagOf(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (value !== 'true' && value !== 'false') throw invalidParam(`${name} must be true or false.`);
  return value === 'true';
}
