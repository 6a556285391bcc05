// One room as a living object: the parts of its contract, and the order of every write: gather, commit, tell.
import type { RoomContract, RoomEphemeral, RoomReading, RoomWriting } from '../ports/contracts/room.ts';
import type { LivingObject, ObjectEnv } from '../ports/object-env.ts';
import { Delivery } from './delivery/delivery.ts';
import { SigningKeys } from './drafting/signing-key.ts';
import { Ephemeral } from './ephemeral/ephemeral.ts';
import { Reading } from './reading/reading.ts';
import { RoomData } from './room-data.ts';
import { Writing } from './writing/writing.ts';

export class Room implements RoomContract, LivingObject {
  readonly writing: RoomWriting;
  readonly reading: RoomReading;
  readonly ephemeral: RoomEphemeral;
  readonly #data: RoomData;
  readonly #delivery: Delivery;

  constructor(env: ObjectEnv) {
    this.#data = new RoomData(env);
    this.#delivery = new Delivery(this.#data);
    const ephemeral = new Ephemeral(this.#data, this.#delivery);
    this.ephemeral = ephemeral;
    this.writing = new Writing(this.#data, this.#delivery, ephemeral, new SigningKeys(env));
    this.reading = new Reading(this.#data);
  }

  /** Tells the groups that lag behind the log. */
  async alarm(): Promise<void> {
    try {
      await this.#delivery.retry();
    } catch (error) {
      this.#data.env.log.error('the alarm of a room failed', { error: String(error) });
      this.#data.deliveryAlarm.arm();
    }
  }
}
