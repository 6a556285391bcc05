// Reading a request's body: size, strict JSON, shape. https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
import * as v from 'valibot';
import type { HttpRequest } from '../ports/http.ts';
import { badJson, MatrixError, missingParam, notJson, tooLarge } from '../spec/errors.ts';
import { isObject, type JsonObject } from '../spec/json.ts';
import { JsonError, type JsonReading, readJson } from '../spec/strict-json.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * As much as anything about one event, one user or one device needs. Reading the worst bodies of this length takes some 50 ms,
 * and nothing else happens meanwhile.
 */
const BODY_BYTES = 256 * 1024;
/** For operations that take many things at once. */
export const LONG_BODY_BYTES = 512 * 1024;
/**
 * What a longer body may have of `{`, `[`, `,` and `:`. It is these that reading costs, not the length: 16 MiB of session keys
 * have 290,000 of them and take 35 ms, of `{},{},` eleven million and 1 s. So many take 140 ms at worst.
 */
const STRUCTURE_MAX = 300_000;

export async function readBody(request: HttpRequest, endpoint: Endpoint): Promise<JsonObject> {
  if (!endpoint.body && !endpoint.form) return {};
  const bytes = await bytesOf(request, endpoint);
  if (bytes.length === 0 && endpoint.emptyBody) return {};
  if (endpoint.form) return readForm(bytes, endpoint.form);
  if (bytes.length > LONG_BODY_BYTES && structureOf(bytes) > STRUCTURE_MAX)
    throw tooLarge('The body holds too many things.');
  const { value, integersOnly } = parseBody(bytes);
  if (!isObject(value)) throw badJson('The body must be a JSON object.');
  if (endpoint.integersOnly && !integersOnly)
    throw badJson('Numbers in events must be integers between -(2^53)+1 and 2^53-1.');
  if (endpoint.body) checkShape(endpoint.body, value);
  return value;
}

/** The body's bytes, within the endpoint's limit. */
export async function bytesOf(request: HttpRequest, endpoint: Endpoint): Promise<Uint8Array> {
  const coding = request.header('content-encoding') ?? 'identity';
  // A small body may unpack to one of any size, and nobody packs what they send here.
  if (coding.toLowerCase() !== 'identity')
    throw new MatrixError(415, 'M_UNKNOWN', 'Bodies are taken without a Content-Encoding.');
  return request.body(endpoint.maxBodyBytes ?? BODY_BYTES);
}

/** Counts those within strings too, of which base64 has none. */
function structureOf(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x7b || byte === 0x5b || byte === 0x2c || byte === 0x3a) count++;
  return count;
}

function readForm(bytes: Uint8Array, names: readonly string[]): JsonObject {
  const fields = new URLSearchParams(new TextDecoder().decode(bytes));
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = fields.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** The text of a body; throws 400 M_NOT_JSON if it is no UTF-8. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notJson();
  }
}

export function parseBody(bytes: Uint8Array, maxDepth?: number): JsonReading {
  try {
    return readJson(bytes, maxDepth === undefined ? {} : { maxDepth });
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (error.reason === 'too-large') throw tooLarge('The body is too large.');
    throw error.reason === 'duplicate-key' || error.reason === 'lone-surrogate' || error.reason === 'too-deep'
      ? badJson(`The body is JSON that has no single meaning (${error.reason}).`)
      : notJson();
  }
}

/** Throws M_MISSING_PARAM for a member that is missing, M_BAD_JSON for one of another shape. */
export function checkShape(schema: v.GenericSchema<unknown, object>, value: JsonObject): void {
  const { issues } = v.safeParse(schema, value, { abortEarly: true });
  const issue = issues?.[0];
  if (!issue) return;
  const path = v.getDotPath(issue) ?? 'the body';
  throw issue.received === 'undefined'
    ? missingParam(`${path} is missing.`)
    : badJson(`${path}: expected ${issue.expected ?? 'something else'}, got ${issue.received}.`);
}
