// What query parameters hold, read in one place so that they are read alike everywhere.
// https://spec.matrix.org/v1.19/client-server-api/#pagination
import { invalidParam } from '../spec/errors.ts';

/** Parameters that may be given several times. */
const LISTS = new Set(['via', 'server_name', 'ver', 'v']);
const LONGEST_QUERY = 1000;
const EVENTS_TIMEOUT_MS = 30_000;

/**
 * The query of a target, decoded once. Throws 400 M_INVALID_PARAM for a parameter that is given twice with different values:
 * whoever checks one and uses the other would be deceived.
 */
export function readQuery(text: string): URLSearchParams {
  const query = new URLSearchParams(text);
  if (query.size < 2) return query;
  if (query.size > LONGEST_QUERY) throw invalidParam('There are too many query parameters.');
  const seen = new Map<string, string>();
  for (const [name, value] of query) {
    const before = seen.get(name);
    if (before !== undefined && before !== value && !LISTS.has(name))
      throw invalidParam(`${name.slice(0, 64)} is given twice.`);
    seen.set(name, value);
  }
  return query;
}

/**
 * How many are asked for, from 1 to `most`: 0 and what is beyond are taken as the nearest that is possible. Throws 400
 * M_INVALID_PARAM for what is no whole number of at least 0.
 */
export function limitOf(
  query: URLSearchParams,
  { fallback, most }: { readonly fallback: number; readonly most: number },
) {
  return Math.min(Math.max(wholeNumberOf(query, 'limit') ?? fallback, 1), most);
}

/** Undefined if the parameter is missing or empty. Throws 400 M_INVALID_PARAM for what is no whole number of at least 0. */
export function wholeNumberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalidParam(`${name} must be a whole number of at least 0.`);
  return Number(text);
}

/** How long `/events` waits, in milliseconds. Throws 400 M_INVALID_PARAM. */
export function eventsTimeoutOf(query: URLSearchParams): number {
  return wholeNumberOf(query, 'timeout') ?? EVENTS_TIMEOUT_MS;
}

/** False without it. Throws 400 M_INVALID_PARAM for what is neither `true` nor `false`. */
export function flagOf(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value !== null && value !== 'true' && value !== 'false') throw invalidParam(`${name} must be true or false.`);
  return value === 'true';
}
