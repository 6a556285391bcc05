// A group of other servers as a living object: what we know of them and what is to be done with them.
import type { ServersContract } from '../ports/contracts/servers.ts';
import type { LivingObject, ObjectEnv } from '../ports/object-env.ts';
import { Inbound } from './inbound/inbound.ts';
import { Destinations } from './outbound/destinations.ts';
import { Outbound } from './outbound/outbound.ts';
import { StreamStore } from './outbound/store/stream.ts';
import { Keys } from './keys/keys.ts';
import { RoomQueue } from './work/room-queue.ts';
import { WorkSchedule } from './work/work.ts';

export class Servers implements ServersContract, LivingObject {
  readonly keys: Keys;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly work: WorkSchedule;

  constructor(env: ObjectEnv) {
    const rooms = new RoomQueue(env);
    this.keys = new Keys(env);
    const stream = new StreamStore(env.sql, env.owner);
    const destinations = new Destinations(env, stream);
    this.work = new WorkSchedule(env, rooms, [destinations]);
    this.outbound = new Outbound(env, stream, destinations, () => this.work.arm());
    this.inbound = new Inbound(env, rooms, this.work);
  }

  async alarm(): Promise<void> {
    this.work.alarm();
  }
}
