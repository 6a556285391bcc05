// A group of other servers as a living object: what we know of them and what is to be done with them.
import type { ServersContract } from '../ports/contracts/servers.ts';
import type { LivingObject, ObjectEnv } from '../ports/object-env.ts';
import { Inbound } from './inbound/inbound.ts';
import { Keys } from './keys/keys.ts';
import { RoomQueue } from './work/room-queue.ts';
import { WorkSchedule } from './work/work.ts';

export class Servers implements ServersContract, LivingObject {
  readonly keys: Keys;
  readonly inbound: Inbound;
  readonly work: WorkSchedule;

  constructor(env: ObjectEnv) {
    const rooms = new RoomQueue(env);
    this.keys = new Keys(env);
    // Who has more for the runner to do is a queue beside the rooms'.
    this.work = new WorkSchedule(env, rooms);
    this.inbound = new Inbound(env, rooms, this.work);
  }

  async alarm(): Promise<void> {
    this.work.alarm();
  }
}
