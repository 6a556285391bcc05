// The network between clients and a machine: delays, requests that never arrive, and answers that get lost on the way back.
import type { HttpAnswer, HttpRequest } from '../../ports/http.ts';
import { tooLarge } from '../../spec/errors.ts';
import type { Machine } from './machine.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface Weather {
  /** In a hundred. */
  readonly requestsLost: number;
  readonly answersLost: number;
  readonly delayMs: number;
}

export class Network {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #machine: Machine;
  weather: Weather;

  constructor(scheduler: Scheduler, random: SeededRandom, machine: Machine, weather: Weather) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#machine = machine;
    this.weather = weather;
  }

  /** Sends a request; undefined is a connection that broke, whatever became of the request. */
  async send(
    method: string,
    target: string,
    headers: ReadonlyMap<string, string>,
    body: Uint8Array,
  ): Promise<HttpAnswer | undefined> {
    await this.#scheduler.sleep(this.#random.below(this.weather.delayMs), `request ${method} ${target.slice(0, 60)}`);
    if (this.#random.chance(this.weather.requestsLost)) return undefined;
    const answer = await this.#machine.take(requestOf(method, target, headers, body), 50);
    await this.#scheduler.sleep(this.#random.below(this.weather.delayMs), `answer ${answer?.status ?? 'none'}`);
    return this.#random.chance(this.weather.answersLost) ? undefined : answer;
  }
}

function requestOf(
  method: string,
  target: string,
  headers: ReadonlyMap<string, string>,
  body: Uint8Array,
): HttpRequest {
  return {
    method,
    target,
    address: '127.0.0.1',
    gone: undefined,
    header: (name) => headers.get(name),
    body: async (maxBytes) => {
      if (body.length > maxBytes) throw tooLarge('The body is too large');
      return body;
    },
  };
}
