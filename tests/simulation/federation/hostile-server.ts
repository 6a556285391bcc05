// A server that speaks the protocol with a key of its own and keeps none of its rules. What it does by itself is in
// `hostile-moves.ts`, what it says when it is asked in `hostile-answers.ts`.
import type { Pdu } from '../../../src/events/pdu.ts';
import { signJson } from '../../../src/events/sign-json.ts';
import { type Signer, signerFromSeed } from '../../../src/events/signing-key.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../../src/ports/http.ts';
import { virtualClock } from '../../../src/runtime/simulation/making.ts';
import type { SeededRandom } from '../../../src/runtime/simulation/seeded-random.ts';
import { SimulatedHttp } from '../../../src/runtime/simulation/simulated-http.ts';
import { encodeBase64 } from '../../../src/spec/base64.ts';
import { lenientCanonicalJson } from '../../../src/spec/canonical-json.ts';
import type { JsonObject } from '../../../src/spec/json.ts';
import { readJson } from '../../../src/spec/strict-json.ts';
import type { Lie } from './attacks.ts';
import { answerFor } from './hostile-answers.ts';
import { HostileRoom } from './hostile-room.ts';
import type { Record } from './record.ts';
import type { FederatedWorld } from './world.ts';

export interface Told {
  readonly status: number;
  readonly json: { readonly [name: string]: unknown };
}

const DAY_MS = 86_400_000;
const NOTHING: Told = { status: 0, json: {} };

export class HostileServer {
  readonly name: string;
  readonly eve: string;
  readonly signer: Signer;
  readonly lies: ReadonlySet<Lie>;
  readonly rooms = new Map<string, HostileRoom>();
  readonly random: SeededRandom;
  readonly record: Record;
  readonly world: FederatedWorld;
  readonly now: () => number;
  /** Answers as an honest server would. */
  silent = false;
  /** Transactions that it has sent: target and text. */
  readonly said: { readonly to: string; readonly target: string; readonly text: string }[] = [];
  readonly #http: HttpClient;
  #tail: Promise<void> = Promise.resolve();
  #number = 0;

  constructor(name: string, world: FederatedWorld, lies: readonly Lie[]) {
    this.name = name;
    this.eve = `@eve:${name}`;
    this.world = world;
    this.lies = new Set(lies);
    this.record = world.record;
    this.random = world.random.fork();
    this.signer = signerFromSeed(name, 'ed25519:e1', this.random.bytes(32));
    this.now = virtualClock(world, () => true).now;
    this.#http = new SimulatedHttp(world.scheduler, this.random.fork(), world.internet, undefined, name);
    world.internet.register(`${name}:8448`, (request) => this.#answer(request));
  }

  publicKeys(): Map<string, Uint8Array> {
    return new Map([[this.signer.keyId, this.signer.publicKey]]);
  }

  eventsOf(roomId: string): Pdu[] {
    return [...(this.rooms.get(roomId)?.events.values() ?? [])];
  }

  isIn(roomId: string): boolean {
    return this.rooms.has(roomId);
  }

  does(lie: Lie): boolean {
    return !this.silent && this.lies.has(lie) && this.random.chance(60);
  }

  queue(what: () => Promise<void>): void {
    this.#tail = this.#tail
      .then(what)
      .catch((error: unknown) => this.record.complain(`the hostile server fell over: ${(error as Error).stack}`));
  }

  room(roomId: string, version: string): HostileRoom {
    const known = this.rooms.get(roomId);
    if (known) return known;
    const room = new HostileRoom(roomId, version, this.eve, this.signer);
    this.rooms.set(roomId, room);
    return room;
  }

  keys(): JsonObject {
    return signJson(
      {
        server_name: this.name,
        valid_until_ts: this.now() + DAY_MS,
        verify_keys: { [this.signer.keyId]: { key: encodeBase64(this.signer.publicKey) } },
        old_verify_keys: {},
      },
      this.signer,
    );
  }

  /** Asks a server; status 0 if there was no answer. */
  async ask(to: string, method: string, target: string, body?: string): Promise<Told> {
    const signed = lenientCanonicalJson({
      method,
      uri: target,
      origin: this.name,
      destination: to,
      ...(body === undefined ? {} : { content: readJson(body).value }),
    });
    const signature = encodeBase64(this.signer.sign(signed));
    const header = `X-Matrix origin="${this.name}",destination="${to}",key="${this.signer.keyId}",sig="${signature}"`;
    try {
      const answer = await this.#http.send({
        method,
        url: `https://${to}:8448${target}`,
        headers: [['Authorization', header]],
        body: body === undefined ? undefined : new TextEncoder().encode(body),
        maxAnswerBytes: 10_000_000,
        timeoutMs: 30_000,
      });
      if (answer.status >= 500) this.record.marks.note(`the hostile server was answered ${answer.status}`);
      return { status: answer.status, json: JSON.parse(new TextDecoder().decode(answer.body)) as Told['json'] };
    } catch {
      return NOTHING;
    }
  }

  /** Sends events as texts; ids of transactions are its own to choose. */
  async send(to: string, texts: readonly string[], transaction = `e${this.#number++}`): Promise<Told> {
    const text = `{"origin":"${this.name}","origin_server_ts":${this.now()},"pdus":[${texts.join(',')}]}`;
    const target = `/_matrix/federation/v1/send/${transaction}`;
    this.said.push({ to, target, text });
    return await this.ask(to, 'PUT', target, text);
  }

  async #answer(request: HttpRequest): Promise<HttpAnswer> {
    const text = new TextDecoder().decode(await request.body(10_000_000));
    return await answerFor(this, request.method, request.target, text);
  }
}
