// Asking other servers: signed, bounded, and read strictly. What comes back is a value, whatever the other side does.
// https://spec.matrix.org/v1.19/server-server-api/#request-authentication
import { encodeBase64 } from '../spec/base64.ts';
import { breath, type Clock } from '../ports/clock.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import type { OutboundAnswer } from '../ports/http.ts';
import { canonicalJson } from '../spec/canonical-json.ts';
import { isObject, type Json, type JsonObject, member } from '../spec/json.ts';
import { sliceListsInTurns } from '../spec/json-slices.ts';
import { JsonError, readJson } from '../spec/strict-json.ts';
import { destinationOf } from './destination.ts';
import type { OwnKey } from './own-key.ts';
import { requestText } from './request-text.ts';
import { writeXMatrix } from './x-matrix.ts';

export interface FederationRequest {
  /** A server name; it is checked. */
  readonly destination: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Path and query from `/_matrix` on, percent-encoded: see `targetOf`. */
  readonly target: string;
  /** A value, or JSON text that goes out exactly as it is (events keep their spelling). */
  readonly body?: JsonObject | string;
  /** The canonical JSON of a text `body`, from who has made it already: the text is not read then. */
  readonly canonical?: string;
  /** For the whole request; 10 s unless given. */
  readonly timeoutMs?: number;
  /** The longest answer that is taken; 1 MB unless given. */
  readonly maxAnswerBytes?: number;
  /**
   * For answers of many megabytes: lists that are cut into their members, of which there are at most so many, and left empty
   * in `json`. The members are not read: they may be no JSON.
   */
  readonly lists?: ReadonlyMap<string, number>;
}

export type FederationAnswer =
  /** Status 200 and a JSON object. `text` is what it was read of, `lists` what was asked for of it. */
  | {
      readonly kind: 'ok';
      readonly json: JsonObject;
      readonly text: string;
      readonly lists?: ReadonlyMap<string, readonly string[]>;
    }
  /** The server has answered, and not with 200. `errcode` is what it says, at most 255 characters of it. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly errcode: string | undefined;
      readonly message: string | undefined;
      /** What it says about when to come again, in milliseconds. */
      readonly retryAfterMs: number | undefined;
      readonly json: JsonObject | undefined;
    }
  /**
   * `unreachable`: there was no whole answer in time or within its bounds; whether the request has arrived is unknown.
   * `garbage`: the answer is no JSON object. `no-destination`: nothing was sent.
   */
  | {
      readonly kind: 'failed';
      readonly reason: 'unreachable' | 'garbage' | 'no-destination';
      readonly message: string;
    };

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 1_000_000;
const LONGEST_WORD = 255;
const LONGEST_RETRY_MS = 86_400_000;

export class FederationClient {
  readonly #env: Pick<FrontEnv, 'clock' | 'http' | 'settings' | 'log'>;
  readonly #ownKey: OwnKey;

  constructor(env: Pick<FrontEnv, 'clock' | 'http' | 'settings' | 'log'>, ownKey: OwnKey) {
    this.#env = env;
    this.#ownKey = ownKey;
  }

  /** Never rejects for what the other server does or does not do. A redirect is a refusal. */
  async send(request: FederationRequest): Promise<FederationAnswer> {
    const url = destinationOf(request.destination);
    if (url === undefined || request.destination === this.#env.settings.serverName)
      return { kind: 'failed', reason: 'no-destination', message: 'This is no other server.' };
    const signed = await this.#signed(request);
    let answer: OutboundAnswer;
    try {
      answer = await this.#env.http.send({
        method: request.method,
        url: url + request.target,
        headers: signed.headers,
        body: signed.body,
        maxAnswerBytes: request.maxAnswerBytes ?? ANSWER_BYTES,
        // What is left of somebody's time is rarely a whole number.
        timeoutMs: Math.ceil(request.timeoutMs ?? TIMEOUT_MS),
      });
    } catch (error) {
      return { kind: 'failed', reason: 'unreachable', message: error instanceof Error ? error.message : String(error) };
    }
    if (answer.status === 200 && request.lists) return readLong(answer.body, request.lists, this.#env.clock);
    return readAnswer(answer);
  }

  async #signed({ destination, method, target, body, canonical }: FederationRequest) {
    const signer = await this.#ownKey.signer();
    const text = body === undefined || typeof body === 'string' ? body : canonicalJson(body);
    const content: Json | undefined = text === undefined || canonical !== undefined ? undefined : readJson(text).value;
    const contentText = canonical === undefined ? {} : { contentText: canonical };
    const { serverName: origin, keyId: key } = signer;
    const signed = requestText({ method, uri: target, origin, destination, content, ...contentText });
    const signature = encodeBase64(signer.sign(signed));
    const headers: (readonly [string, string])[] = [
      ['Authorization', writeXMatrix({ origin, destination, key, signature })],
      ['Accept', 'application/json'],
      ...(text === undefined ? [] : [['Content-Type', 'application/json'] as const]),
    ];
    return { headers, body: text === undefined ? undefined : new TextEncoder().encode(text) };
  }
}

/**
 * A target from the parts of a path, each encoded, and query parameters. It stays as it is on its way: what a URL would
 * rewrite is encoded, for the signature covers the very text.
 */
export function targetOf(parts: readonly string[], query: readonly (readonly [string, string])[] = []): string {
  const path = parts.map((part) => `/${encoded(part)}`).join('');
  if (query.length === 0) return path;
  return `${path}?${query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&')}`;
}

/** As `encodeURIComponent`, and what is left of the characters that a URL parser or a proxy may read otherwise. */
function encoded(part: string): string {
  // A URL takes these away however they are written.
  if (part === '.' || part === '..') throw new RangeError('a path has no such part');
  return encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function readLong(body: Uint8Array, lists: ReadonlyMap<string, number>, clock: Clock): Promise<FederationAnswer> {
  const garbage = (message: string): FederationAnswer => ({ kind: 'failed', reason: 'garbage', message });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return garbage('The answer is no UTF-8.');
  }
  const slices = await sliceListsInTurns(text, lists, () => breath(clock));
  if (typeof slices === 'string') return garbage(`A list of the answer is not right (${slices}).`);
  if (slices.rest.length > ANSWER_BYTES) return garbage('There is too much beside the lists of the answer.');
  const json = jsonOf(slices.rest);
  if (typeof json === 'string') return garbage(`The answer is ${json}.`);
  return { kind: 'ok', json, text, lists: slices.members };
}

function readAnswer(answer: OutboundAnswer): FederationAnswer {
  const json = jsonOf(answer.status === 200 ? answer.body : answer.body.subarray(0, ANSWER_BYTES));
  if (answer.status === 200) {
    if (typeof json === 'string') return { kind: 'failed', reason: 'garbage', message: `The answer is ${json}.` };
    return { kind: 'ok', json, text: new TextDecoder().decode(answer.body) };
  }
  const error = typeof json === 'string' ? undefined : json;
  return {
    kind: 'refused',
    status: answer.status,
    errcode: wordOf(error, 'errcode'),
    message: wordOf(error, 'error'),
    retryAfterMs: retryAfterOf(error, answer.header('retry-after')),
    json: error,
  };
}

/** The object, or what is wrong with the text. */
function jsonOf(body: Uint8Array | string): JsonObject | string {
  try {
    const { value } = readJson(body);
    return isObject(value) ? value : 'no JSON object';
  } catch (error) {
    if (error instanceof JsonError) return `no JSON that we read (${error.reason})`;
    throw error;
  }
}

function wordOf(json: JsonObject | undefined, name: string): string | undefined {
  const value = json && member(json, name);
  return typeof value === 'string' ? value.slice(0, LONGEST_WORD) : undefined;
}

/** Of the header, in seconds, or of the body; a day at most. */
function retryAfterOf(json: JsonObject | undefined, header: string | undefined): number | undefined {
  const inBody = json && member(json, 'retry_after_ms');
  const ms = header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) * 1000 : inBody;
  return typeof ms === 'number' && ms >= 0 ? Math.min(ms, LONGEST_RETRY_MS) : undefined;
}
