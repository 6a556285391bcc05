// One room as a living object: the parts of its contract, and the order of every write: gather, commit, tell.
import type { RoomContract, RoomEphemeral, RoomReading, RoomWriting } from '../ports/contracts/room.ts';
import type { RoomHandshakes } from '../ports/contracts/room-handshakes.ts';
import type { RoomLifecycle } from '../ports/contracts/room-lifecycle.ts';
import type { RoomSending } from '../ports/contracts/room-sending.ts';
import type { RoomServing } from '../ports/contracts/room-serving.ts';
import type { LivingObject, ObjectEnv } from '../ports/object-env.ts';
import { Delivery } from './delivery/delivery.ts';
import { Sending } from './delivery/sending.ts';
import { Telling } from './delivery/telling.ts';
import { ServerDelivery } from './delivery/server-delivery.ts';
import { SigningKeys } from './drafting/signing-key.ts';
import { Ephemeral } from './ephemeral/ephemeral.ts';
import { Handshakes } from './handshakes/handshakes.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { Listings } from './lifecycle/listing.ts';
import { Upgrades } from './lifecycle/upgrades.ts';
import { Reading } from './reading/reading.ts';
import { RoomData } from './room-data.ts';
import { Serving } from './serving/serving.ts';
import { Writing } from './writing/writing.ts';

export class Room implements RoomContract, LivingObject {
  readonly writing: RoomWriting;
  readonly reading: RoomReading;
  readonly ephemeral: RoomEphemeral;
  readonly lifecycle: RoomLifecycle;
  readonly serving: RoomServing;
  readonly sending: RoomSending;
  readonly handshakes: RoomHandshakes;
  readonly #data: RoomData;
  readonly #delivery: Delivery;
  readonly #toServers: ServerDelivery;
  readonly #listings: Listings;
  readonly #upgrades: Upgrades;
  readonly #writing: Writing;
  readonly #ephemeral: Ephemeral;

  constructor(env: ObjectEnv) {
    this.#data = new RoomData(env);
    this.#delivery = new Delivery(this.#data);
    this.#toServers = new ServerDelivery(this.#data);
    const ephemeral = new Ephemeral(this.#data, this.#delivery);
    this.#ephemeral = ephemeral;
    this.ephemeral = ephemeral;
    const keys = new SigningKeys(env);
    this.#listings = new Listings(this.#data);
    const telling = new Telling(this.#delivery, this.#toServers, this.#listings);
    const writing = new Writing(this.#data, telling, ephemeral, keys, this.#listings);
    this.writing = writing;
    this.#writing = writing;
    this.reading = new Reading(this.#data);
    this.serving = new Serving(this.#data);
    this.sending = new Sending(this.#data);
    this.handshakes = new Handshakes(this.#data, telling, keys);
    this.#upgrades = new Upgrades(this.#data, writing, this.#listings, keys);
    this.lifecycle = new Lifecycle(this.#data, writing, this.#listings, this.#upgrades);
  }

  /** Tells the groups and the directory what they lag behind of, and ends an upgrade that broke off. */
  async alarm(): Promise<void> {
    const { env, deliveryAlarm } = this.#data;
    const tasks = [
      () => this.#delivery.retry(),
      () => this.#toServers.retry(),
      () => this.#ephemeral.retry(),
      () => this.#listings.retry(),
      () => this.#upgrades.retry(),
      () => this.#writing.guestsLeave(),
    ];
    for (const task of tasks) {
      try {
        if (await task()) env.sql.transaction(() => deliveryAlarm.arm());
      } catch (error) {
        env.log.error('the alarm of a room failed', { error: String(error) });
        env.sql.transaction(() => deliveryAlarm.arm());
      }
    }
  }
}
