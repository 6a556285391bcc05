// A server that a test has in its hands: its key, the bytes that it sends and the bytes that it answers.
import { buildEvent } from '../../src/events/build-event.ts';
import { signJson } from '../../src/events/sign-json.ts';
import { signerFromSeed, type Signer } from '../../src/events/signing-key.ts';
import type { Pdu } from '../../src/events/pdu.ts';
import { roomVersion } from '../../src/events/room-versions.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../src/ports/http.ts';
import { encodeBase64 } from '../../src/spec/base64.ts';
import { lenientCanonicalJson } from '../../src/spec/canonical-json.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { readJson } from '../../src/spec/strict-json.ts';

export type Answering = (request: Received) => HttpAnswer | Promise<HttpAnswer>;

export interface Received {
  readonly method: string;
  readonly target: string;
  readonly authorization: string | undefined;
  readonly text: string;
}

/** How a request differs from an honest one. What is signed stands first, what is sent instead of it after that. */
export interface Deviations {
  readonly origin?: string;
  readonly destination?: string;
  readonly keyId?: string;
  readonly signer?: Signer;
  /** The whole header; an empty one is left out. */
  readonly header?: string;
  readonly sentMethod?: string;
  readonly sentTarget?: string;
  readonly sentBody?: string;
}

export interface ServerAnswer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

export class ScriptedServer {
  readonly name: string;
  readonly signer: Signer;
  /** Every request that has come, in order. */
  readonly received: Received[] = [];
  /** How it answers for its keys; a test may put anything here. */
  answersKeys: Answering;
  readonly #clock: Clock;
  readonly #http: HttpClient;
  readonly #answers: { readonly method: string; readonly path: RegExp; readonly answer: Answering }[] = [];
  #transactions = 0;

  constructor(name: string, clock: Clock, http: HttpClient, seed: number) {
    this.name = name;
    this.#clock = clock;
    this.#http = http;
    this.signer = signerFromSeed(name, 'ed25519:e1', new Uint8Array(32).fill(100 + seed));
    this.answersKeys = () => answerJson(200, this.keys());
  }

  /** What it publishes of itself, with members of other values, signed as they are. */
  keys(others: JsonObject = {}, signer: Signer = this.signer): JsonObject {
    const answer = {
      server_name: this.name,
      valid_until_ts: this.#clock.now() + 24 * 3_600_000,
      verify_keys: { [this.signer.keyId]: { key: encodeBase64(this.signer.publicKey) } },
      old_verify_keys: {},
      ...others,
    };
    return signJson(answer, signer);
  }

  /** Answers requests whose path matches, before those that were named earlier. */
  on(method: string, path: RegExp, answer: Answering): void {
    this.#answers.unshift({ method, path, answer });
  }

  /** What came for a path. */
  asked(path: RegExp): readonly Received[] {
    return this.received.filter(({ target }) => path.test(target));
  }

  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const { method, target } = request;
    const text = new TextDecoder().decode(await request.body(100_000_000));
    const received = { method, target, authorization: request.header('authorization'), text };
    this.received.push(received);
    const found = this.#answers.find((one) => one.method === method && one.path.test(target));
    if (found) return found.answer(received);
    if (target === '/_matrix/key/v2/server') return this.answersKeys(received);
    return answerJson(404, { errcode: 'M_UNRECOGNIZED', error: 'Not scripted.' });
  }

  /** Asks a server; the body is sent as this very text. */
  async ask(
    to: string,
    method: string,
    target: string,
    body?: string,
    deviations: Deviations = {},
  ): Promise<ServerAnswer> {
    const sent = deviations.sentBody ?? body;
    const header = deviations.header ?? this.header(to, method, target, body, deviations);
    const answer = await this.#http.send({
      method: deviations.sentMethod ?? method,
      url: `https://${/:\d+$/.test(to) ? to : `${to}:8448`}${deviations.sentTarget ?? target}`,
      headers: header === '' ? [] : [['Authorization', header]],
      body: sent === undefined ? undefined : new TextEncoder().encode(sent),
      maxAnswerBytes: 100_000_000,
      timeoutMs: 120_000,
    });
    const text = new TextDecoder().decode(answer.body);
    return { status: answer.status, json: JSON.parse(text) as Record<string, unknown> };
  }

  /** The header that signs a request. */
  header(to: string, method: string, target: string, body: string | undefined, deviations: Deviations = {}): string {
    const origin = deviations.origin ?? this.name;
    const destination = deviations.destination ?? to;
    const signer = deviations.signer ?? this.signer;
    // Written here from the text of the specification, and not by the code under test.
    const signed = lenientCanonicalJson({
      method,
      uri: target,
      origin,
      destination,
      ...(body === undefined ? {} : { content: readJson(body).value }),
    });
    const signature = encodeBase64(signer.sign(signed));
    return `X-Matrix origin="${origin}",destination="${destination}",key="${deviations.keyId ?? signer.keyId}",sig="${signature}"`;
  }

  /** Sends a transaction of PDUs (and EDUs), each as JSON text. */
  transaction(
    to: string,
    pdus: readonly string[],
    { id = `t${++this.#transactions}`, edus = [] }: { readonly id?: string; readonly edus?: readonly string[] } = {},
  ): Promise<ServerAnswer> {
    return this.ask(to, 'PUT', `/_matrix/federation/v1/send/${id}`, this.transactionBody(pdus, edus));
  }

  transactionBody(pdus: readonly string[], edus: readonly string[] = []): string {
    return `{"origin":"${this.name}","origin_server_ts":${this.#clock.now()},"pdus":[${pdus.join(',')}],"edus":[${edus.join(',')}]}`;
  }

  /** An event of one of its users, hashed and signed by the rules of the room's version. */
  event(draft: Parameters<typeof buildEvent>[0], version: string): Pdu {
    return buildEvent(draft, roomVersion(version)!, this.signer);
  }
}

export function answerJson(status: number, body: unknown): HttpAnswer {
  return { status, headers: [['content-type', 'application/json']], body: JSON.stringify(body) };
}
