// A shard of Servers by itself, on a clock that the tests set and tables that outlive it.
import type { DestinationWork, RoomNews } from '../../src/ports/contracts/servers-outbound.ts';
import type { ObjectEnv } from '../../src/ports/object-env.ts';
import { serversSchema } from '../../src/servers/schema.ts';
import { Servers } from '../../src/servers/servers.ts';
import { MemorySql } from '../rooms/memory-sql.ts';

export class Shard {
  readonly sql = new MemorySql(serversSchema);
  readonly alarms: number[] = [];
  /** The monotonic clock, and how far the wall clock is from it. */
  time = 1000;
  wall = 1_700_000_000_000;
  wakes = 0;
  servers: Servers;
  #seed = 1;

  constructor() {
    this.servers = this.#make();
  }

  pass(ms: number): void {
    this.time += ms;
  }

  /** What was only in memory is gone. */
  restart(): void {
    this.servers = this.#make();
  }

  async apply(roomId: string, after: number, to: number, news: readonly RoomNews[], epoch = 1): Promise<number> {
    return (await this.servers.outbound.apply(roomId, epoch, after, to, news)).applied;
  }

  /** The transactions that are due. */
  async lease(): Promise<readonly DestinationWork[]> {
    return (await this.servers.work.lease(20)).filter((work) => work.kind === 'destination');
  }

  async settle({ destination, stamp }: DestinationWork, taken: boolean): Promise<void> {
    await this.servers.outbound.settleDestination({ destination, stamp, taken });
  }

  seed(seed: number): void {
    this.#seed = seed * 2_654_435_761;
  }

  /** From 0 up to 1. */
  draw(): number {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return this.#seed / 2_147_483_648;
  }

  #make(): Servers {
    const silent = (): void => {};
    const env: Partial<ObjectEnv> = {
      owner: 1,
      name: '0',
      sql: this.sql,
      clock: {
        now: () => Math.floor(this.wall + this.time),
        monotonic: () => this.time,
        timer: () => ({ cancel: silent }),
      },
      random: { bytes: (count) => new Uint8Array(count).fill(100) },
      alarm: { arm: (at) => void this.alarms.push(at) },
      runner: { wake: () => void (this.wakes += 1) },
      log: { debug: silent, info: silent, warn: silent, error: silent },
      failpoint: silent,
    };
    return new Servers(env as ObjectEnv);
  }
}
