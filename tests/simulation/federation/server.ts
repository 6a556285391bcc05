// One Hearth of a world with several: a machine of its own with its clients' network, its faults and its wall clock.
import { makeFront } from '../../../src/api/front.ts';
import { makeRunner } from '../../../src/federation/runner.ts';
import type { Log } from '../../../src/ports/log.ts';
import type { HttpAnswer, HttpRequest } from '../../../src/ports/http.ts';
import { Machine } from '../../../src/runtime/simulation/machine.ts';
import type { Mode } from '../../../src/runtime/simulation/making.ts';
import { Network } from '../../../src/runtime/simulation/network.ts';
import { Perils } from '../../../src/runtime/simulation/perils.ts';
import type { PlantedBug } from '../../../src/runtime/simulation/planted.ts';
import type { Scheduler } from '../../../src/runtime/simulation/scheduler.ts';
import type { SeededRandom } from '../../../src/runtime/simulation/seeded-random.ts';
import { BlobDisk } from '../../../src/runtime/simulation/simulated-blobs.ts';
import type { Internet } from '../../../src/runtime/simulation/simulated-http.ts';
import { StorageFaults } from '../../../src/runtime/simulation/storage-faults.ts';
import type { Trace } from '../../../src/runtime/simulation/trace.ts';
import type { Transport } from '../../black-box/client.ts';
import { KINDS, OBJECT_LOST, SETTINGS, SILENT, STORAGE_FAILED } from '../world.ts';

/** What all servers of a world share. */
export interface Shared {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly internet: Internet;
}

/** A request that another server made and that was answered. */
export type Heard = (request: HttpRequest, body: Uint8Array, answer: HttpAnswer) => void;

export class SimulatedServer implements Transport {
  readonly name: string;
  readonly url: string;
  readonly mode: Mode;
  readonly machine: Machine;
  readonly network: Network;
  readonly perils: Perils;
  readonly storage = new StorageFaults();
  /** By how much its own wall clock is wrong. */
  readonly wall = { shiftMs: 0 };
  /** What went wrong inside without anybody outside seeing it. */
  readonly bugs: string[] = [];
  /** Told of what other servers asked and were answered. */
  heard: Heard = () => undefined;
  readonly #scheduler: Scheduler;

  constructor(name: string, mode: Mode, { scheduler, random, trace, internet }: Shared, planted?: PlantedBug) {
    this.name = name;
    this.mode = mode;
    this.url = `http://${name}`;
    this.#scheduler = scheduler;
    this.perils = new Perils(trace);
    this.machine = new Machine({
      mode,
      perils: this.perils,
      storage: this.storage,
      scheduler,
      random: random.fork(),
      settings: { ...SETTINGS, serverName: name },
      kinds: KINDS,
      makeFront: (env) => makeFront(env, { checkAnswers: true }),
      makeRunner,
      log: this.#log(),
      internet,
      blobDisk: new BlobDisk(),
      planted,
      wall: this.wall,
    });
    this.network = new Network(scheduler, random.fork(), this.machine, {
      requestsLost: 0,
      answersLost: 0,
      delayMs: 20,
    });
    internet.register(`${name}:8448`, (request) => this.#answer(request));
    this.machine.start();
  }

  async request(
    method: string,
    path: string,
    headers: ReadonlyMap<string, string>,
    body: string | Uint8Array | undefined,
  ) {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array());
    const answer = await this.network.send(method, path, headers, bytes);
    if (!answer) throw new Error('the connection broke');
    const fields = new Map(answer.headers.map(([name, value]) => [name.toLowerCase(), value]));
    return { status: answer.status, header: (name: string) => fields.get(name), text: textOf(answer) };
  }

  sleep(ms: number): Promise<void> {
    return this.#scheduler.sleep(ms);
  }

  /** Nothing fails any more, and it runs. */
  calm(): void {
    this.network.weather = { requestsLost: 0, answersLost: 0, delayMs: 5 };
    this.perils.calm();
    this.storage.calm();
    this.wall.shiftMs = 0;
    this.machine.start();
  }

  async #answer(request: HttpRequest): Promise<HttpAnswer> {
    let read = new Uint8Array();
    const watched: HttpRequest = {
      ...request,
      body: async (most) => (read = new Uint8Array(await request.body(most))),
    };
    const answer = await this.machine.take(watched, 50);
    if (!answer) throw new Error('the connection broke');
    this.heard(request, read, answer);
    return answer;
  }

  #log(): Log {
    return {
      ...SILENT,
      error: (message, facts) => {
        const told = `${this.name}: ${message} ${JSON.stringify(facts ?? {})}`;
        if (!OBJECT_LOST.test(told) && !(this.storage.struck > 0 && STORAGE_FAILED.test(told))) this.bugs.push(told);
      },
    };
  }
}

export function textOf(answer: HttpAnswer): string {
  if (typeof answer.body === 'string') return answer.body;
  return answer.body instanceof Uint8Array ? new TextDecoder().decode(answer.body) : '';
}
