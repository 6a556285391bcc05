// A Worker for tests of the runtime alone: notes in the place of rooms, users and the home, the conformance suite's objects,
// and a front that does what it is told.
import type { DurableObjectState } from '@cloudflare/workers-types';
import type { FrontEnv } from '../../src/ports/front-env.ts';
import type { HttpAnswer } from '../../src/ports/http.ts';
import type { LivingObject, ObjectEnv } from '../../src/ports/object-env.ts';
import { MatrixError, unrecognized } from '../../src/spec/errors.ts';
import { blobsOf } from '../../src/runtime/workers/blobs.ts';
import type { Bindings, ObjectNamespace } from '../../src/runtime/workers/bindings.ts';
import { entryOf } from '../../src/runtime/workers/entry.ts';
import { FetchHttp } from '../../src/runtime/workers/fetch-http.ts';
import type { MethodsOf } from '../../src/runtime/shared/methods.ts';
import { type Kind, ObjectHost } from '../../src/runtime/workers/object-host.ts';
import { objectName } from '../../src/runtime/workers/object-name.ts';
import { referenceTo } from '../../src/runtime/shared/reference-to.ts';
import { SocketListening } from '../../src/runtime/workers/socket-bell.ts';
import { workersClock, workersRandom } from '../../src/runtime/workers/system.ts';
import { Peer } from '../conformance/peer.ts';
import { conformanceChecks, frontChecks } from '../conformance/suite.ts';
import type { PeerContract } from '../conformance/world.ts';
import { Notes, type NotesContract, notesMethods, notesSchema } from './notes.ts';

export { BlobObject } from '../../src/runtime/workers/local/blob-object.ts';

type TestBindings = Bindings & { readonly PROBE: ObjectNamespace; readonly PEER: ObjectNamespace };

const SERVER = 'test.example';
const caller = { clock: workersClock, random: workersRandom };
const notesKind = (disposable: boolean): Kind => ({
  schema: notesSchema,
  make: (env) => new Notes(env),
  methods: notesMethods,
  disposable,
});
const peerMethods: MethodsOf<PeerContract> = {
  echo: 'again',
  keep: 'again',
  kept: 'again',
  refuse: 'again',
  breakDown: 'again',
  part: { twice: 'again' },
};

export class RoomObject extends ObjectHost {
  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(notesKind(true), ctx, bindings);
  }
}

export class UsersObject extends ObjectHost {
  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(notesKind(false), ctx, bindings);
  }
}

export class HomeObject extends ObjectHost {
  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(notesKind(false), ctx, bindings);
  }
}

class LivingPeer extends Peer implements LivingObject {
  async alarm(): Promise<void> {
    // A peer arms no alarm.
  }
}

export class PeerObject extends ObjectHost {
  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(
      { schema: { object: 'peers', steps: [] }, make: () => new LivingPeer(), methods: peerMethods, disposable: false },
      ctx,
      bindings,
    );
  }
}

interface ProbeContract {
  /** Runs a check in this object; answers what went wrong. */
  check(index: number): Promise<string | undefined>;
}

class Probe implements ProbeContract, LivingObject {
  readonly #env: ObjectEnv;
  readonly #peers: ObjectNamespace;
  #alarms = 0;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(env: ObjectEnv, peers: ObjectNamespace) {
    this.#env = env;
    this.#peers = peers;
  }

  async alarm(): Promise<void> {
    this.#alarms++;
    for (const waiter of this.#waiting) if (waiter.count <= this.#alarms) waiter.resolve();
  }

  async check(index: number): Promise<string | undefined> {
    const peer = referenceTo<PeerContract>(this.#peers, objectName(SERVER, String(index)), peerMethods, caller);
    try {
      await conformanceChecks[index]?.run({ env: this.#env, peer, alarmed: (count) => this.#alarmed(count) });
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }

  #alarmed(count: number): Promise<void> {
    if (this.#alarms >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
    });
  }
}

const probeMethods: MethodsOf<ProbeContract> = { check: 'once' };

export class ProbeObject extends ObjectHost {
  constructor(ctx: DurableObjectState, bindings: TestBindings) {
    const make = (env: ObjectEnv): LivingObject => new Probe(env, bindings.PEER);
    super({ schema: { object: 'probes', steps: [] }, make, methods: probeMethods, disposable: false }, ctx, bindings);
  }
}

const front = entryOf((env) => async (request) => {
  if (request.target.startsWith('/check?')) return checkFront(env, new URLSearchParams(request.target.slice(7)));
  if (request.target.startsWith('/body'))
    return { status: 200, headers: [], body: String((await request.body(1000)).length) };
  if (request.target.startsWith('/hello'))
    return {
      status: 200,
      headers: [
        ['X-One', '1'],
        ['X-One', '2'],
      ],
      body: 'hello',
    };
  const error = unrecognized();
  return {
    status: error.status,
    headers: [['Content-Type', 'application/json']],
    body: JSON.stringify({ ...error.toJson(), target: request.target }),
  };
});

/** Runs a check on what the front was handed; answers what went wrong. */
async function checkFront(env: FrontEnv, query: URLSearchParams): Promise<HttpAnswer> {
  try {
    await frontChecks[Number(query.get('index'))]?.run({ env, site: query.get('site') ?? '' });
    return { status: 200, headers: [], body: '' };
  } catch (error) {
    return { status: 200, headers: [], body: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

interface Told {
  readonly object: 'ROOM' | 'USERS' | 'PROBE';
  readonly name: string;
  readonly part?: string;
  readonly method: string;
  readonly args: readonly unknown[];
  /** Goes past the reference, as a caller with a stub could. */
  readonly raw?: boolean;
}

/** Calls an object as it is told to, by the reference that the objects use themselves. */
async function call(bindings: TestBindings, { object, name, part, method, args, raw }: Told): Promise<Response> {
  const namespace = bindings[object];
  if (raw) return Response.json(await namespace.getByName(objectName(SERVER, name)).call(part, method, args));
  const methods = object === 'PROBE' ? probeMethods : notesMethods;
  const target: object = referenceTo<NotesContract>(namespace, objectName(SERVER, name), methods, caller);
  const holder: object = part === undefined ? target : Reflect.get(target, part);
  try {
    const value: unknown = await Reflect.apply(Reflect.get(holder, method), holder, args);
    return Response.json({ value });
  } catch (error) {
    if (error instanceof MatrixError) return Response.json({ status: error.status, ...error.toJson() });
    return Response.json({ thrown: String(error) });
  }
}

/** A body of two lines: `listening` once nothing can be missed, `rung` at the ring. */
function listen(bindings: TestBindings, userId: string): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const line = (text: string): Promise<void> => writer.write(new TextEncoder().encode(`${text}\n`));
  void (async () => {
    const listener = await new SocketListening(bindings.USERS, SERVER).listen(1, userId);
    await line('listening');
    await listener.rung;
    await line('rung');
    listener.close();
    await writer.close();
  })();
  return new Response(readable);
}

/** Stores (PUT), brings (GET, in part with offset and length) and deletes a blob. */
async function blob(bindings: TestBindings, request: Request, query: URLSearchParams): Promise<Response> {
  const blobs = blobsOf(bindings, SERVER);
  const key = query.get('key') ?? '';
  if (request.method === 'PUT') return Response.json(await blobs.put(key, request.body ?? new Uint8Array(0)));
  if (request.method === 'DELETE') return Response.json((await blobs.delete(key)) ?? null);
  const range = query.has('offset')
    ? { offset: Number(query.get('offset')), length: Number(query.get('length')) }
    : undefined;
  const found = await blobs.get(key, range);
  return found
    ? new Response(found.bytes, { headers: { 'Blob-Size': String(found.size) } })
    : new Response(null, { status: 404 });
}

/** Asks another server; answers what it said, or the error. */
async function outward(query: URLSearchParams): Promise<Response> {
  try {
    const request = {
      method: 'GET',
      url: query.get('url') ?? '',
      headers: [['X-Sent', 'yes']] as const,
      body: undefined,
      maxAnswerBytes: 1000,
      timeoutMs: Number(query.get('timeout')),
    };
    const answer = await new FetchHttp().send(request);
    return Response.json({
      status: answer.status,
      location: answer.header('location'),
      text: new TextDecoder().decode(answer.body),
    });
  } catch (error) {
    return Response.json({ error: String(error) });
  }
}

// oxlint-disable-next-line import/no-default-export -- the platform asks for a default export
export default {
  async fetch(request: Request, bindings: TestBindings): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/test/call') return call(bindings, (await request.json()) as Told);
    if (url.pathname === '/test/listen') return listen(bindings, url.searchParams.get('user') ?? '');
    if (url.pathname === '/test/blob') return blob(bindings, request, url.searchParams);
    if (url.pathname === '/test/outward') return outward(url.searchParams);
    return front.fetch(request, bindings);
  },
};
