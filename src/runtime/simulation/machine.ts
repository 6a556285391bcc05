// What a homeserver runs on, a machine or Durable Objects: it can crash or lose power at any step and at any point inside a
// step, and starts again with what its disk kept.
import type { HttpAnswer, HttpRequest } from '../../ports/http.ts';
import { DurableHouse } from './durable-house.ts';
import { Incarnation } from './incarnation.ts';
import type { CrashKind, Life, Making, Remains } from './making.ts';
import { StorageFailure } from './storage-faults.ts';

/** How soon a process is started again that could not start. */
const START_AGAIN_MS = 50;

export class Machine {
  readonly #making: Making;
  #running: Life | undefined;
  #disk: Remains | undefined;

  constructor(making: Making) {
    this.#making = making;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  start(): void {
    const { mode, scheduler } = this.#making;
    try {
      this.#running ??=
        mode === 'node' ? new Incarnation(this.#making, this.#disk) : new DurableHouse(this.#making, this.#disk);
    } catch (error) {
      if (!(error instanceof StorageFailure)) throw error;
      scheduler.after(START_AGAIN_MS, 'start', () => this.start());
    }
  }

  /** Ends it, and starts it again after `downMs` if given. */
  crash(kind: CrashKind, downMs?: number): void {
    const life = this.#running;
    if (!life) return;
    this.#running = undefined;
    this.#disk = life.die(kind);
    if (downMs !== undefined) this.#making.scheduler.after(downMs, 'start', () => this.start());
  }

  /** The databases as they are: what a process that crashed now would leave. The machine goes on. */
  images(): Remains {
    return this.#running?.images() ?? this.#disk ?? new Map();
  }

  /**
   * Ends the object that passes the n-th point from now on, where objects die one by one (`alone`), or the machine at that
   * point; the machine starts again after `downMs`, if given.
   */
  strikeAfter(points: number, kind: CrashKind, alone: boolean, downMs?: number): void {
    this.#making.perils.strikeAfter(points, (victim) => {
      if (alone) victim.abort(kind);
      if (!alone || this.#making.mode === 'node') this.crash(kind, downMs);
    });
  }

  /**
   * Takes a request. Resolves with the answer, or with undefined if the machine is down or dies before it has answered; a
   * request to a machine that dies ends `noticeMs` after its death, as a client's connection would.
   */
  async take(request: HttpRequest, noticeMs: number): Promise<HttpAnswer | undefined> {
    const life = this.#running;
    if (!life) return undefined;
    const broken = life.ended.then(() => this.#making.scheduler.sleep(noticeMs, 'broken'));
    const answer = await Promise.race([life.answer(request), broken.then(() => undefined)]);
    return life.alive ? answer : undefined;
  }
}
