// A machine that a homeserver runs on: it can crash or lose power at any step, and starts again with what its disk kept.
import type { HttpAnswer, HttpRequest } from '../../ports/http.ts';
import { Incarnation, type Making } from './incarnation.ts';

export type CrashKind = 'process' | 'power';

export class Machine {
  readonly #making: Making;
  #running: Incarnation | undefined;
  #disk: Uint8Array | undefined;

  constructor(making: Making) {
    this.#making = making;
  }

  start(): void {
    this.#running ??= new Incarnation(this.#making, this.#disk);
  }

  crash(kind: CrashKind): void {
    if (!this.#running) return;
    this.#disk = this.#running.die(kind);
    this.#running = undefined;
  }

  /**
   * Takes a request. Resolves with the answer, or with undefined if the machine is down or dies before it has answered; a
   * request to a machine that dies waits until `noticeMs` after the request, as a client's connection would.
   */
  async take(request: HttpRequest, noticeMs: number): Promise<HttpAnswer | undefined> {
    const life = this.#running;
    if (!life) return undefined;
    const broken = Promise.withResolvers<undefined>();
    const watch = (): void => {
      if (life.alive) this.#making.scheduler.after(noticeMs, 'watch', watch);
      else broken.resolve(undefined);
    };
    let answered = false;
    this.#making.scheduler.after(noticeMs, 'watch', () => {
      if (!answered) watch();
    });
    const answer = life.answer(request).catch(() => broken.promise);
    const first = await Promise.race([answer, broken.promise]);
    answered = true;
    return life.alive ? first : undefined;
  }
}
