// One room as a living object: the parts of its contract, and the order of every write: gather, commit, tell.
import type { RoomContract, RoomEphemeral, RoomReading, RoomWriting } from '../ports/contracts/room.ts';
import type { RoomArrival } from '../ports/contracts/room-arrival.ts';
import type { RoomHandshakes } from '../ports/contracts/room-handshakes.ts';
import type { RoomLifecycle } from '../ports/contracts/room-lifecycle.ts';
import type { RoomReceipt } from '../ports/contracts/room-receipt.ts';
import type { RoomSending } from '../ports/contracts/room-sending.ts';
import type { RoomServing } from '../ports/contracts/room-serving.ts';
import type { LivingObject, ObjectEnv } from '../ports/object-env.ts';
import { Arrival } from './arrival/arrival.ts';
import { Delivery } from './delivery/delivery.ts';
import { Sending } from './delivery/sending.ts';
import { Telling } from './delivery/telling.ts';
import { ServerDelivery } from './delivery/server-delivery.ts';
import { SigningKeys } from './drafting/signing-key.ts';
import { Ephemeral } from './ephemeral/ephemeral.ts';
import { Handshakes } from './handshakes/handshakes.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { Listings } from './lifecycle/listing.ts';
import { Purges } from './lifecycle/purges.ts';
import { Upgrades } from './lifecycle/upgrades.ts';
import { Inbound } from './receipt/inbound.ts';
import { Reading } from './reading/reading.ts';
import { RoomData } from './room-data.ts';
import { Serving } from './serving/serving.ts';
import { Writing } from './writing/writing.ts';

/** What a room is made of in memory. */
interface Parts {
  readonly data: RoomData;
  readonly delivery: Delivery;
  readonly ephemeral: Ephemeral;
  readonly writing: Writing;
  readonly reading: Reading;
  readonly serving: Serving;
  readonly inbound: Inbound;
  readonly sending: Sending;
  readonly handshakes: Handshakes;
  readonly arrival: Arrival;
  readonly toServers: ServerDelivery;
  readonly listings: Listings;
  readonly upgrades: Upgrades;
  readonly lifecycle: Lifecycle;
  readonly purges: Purges;
}

export class Room implements RoomContract, LivingObject {
  readonly #env: ObjectEnv;
  #parts: Parts;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#parts = this.#make();
  }

  get writing(): RoomWriting {
    return this.#parts.writing;
  }

  get reading(): RoomReading {
    return this.#parts.reading;
  }

  get ephemeral(): RoomEphemeral {
    return this.#parts.ephemeral;
  }

  get lifecycle(): RoomLifecycle {
    return this.#parts.lifecycle;
  }

  get serving(): RoomServing {
    return this.#parts.serving;
  }

  get receipt(): RoomReceipt {
    return this.#parts.inbound;
  }

  get sending(): RoomSending {
    return this.#parts.sending;
  }

  get handshakes(): RoomHandshakes {
    return this.#parts.handshakes;
  }

  get arrival(): RoomArrival {
    return this.#parts.arrival;
  }

  #make(): Parts {
    const data = new RoomData(this.#env);
    const delivery = new Delivery(data);
    const toServers = new ServerDelivery(data);
    const ephemeral = new Ephemeral(data, delivery);
    const keys = new SigningKeys(this.#env);
    const listings = new Listings(data);
    const telling = new Telling(delivery, toServers, listings);
    const writing = new Writing(data, telling, ephemeral, keys, listings);
    const upgrades = new Upgrades(data, writing, listings, keys);
    const arrival = new Arrival(data, telling, keys);
    // After a purge nothing that was remembered of the room holds: whoever comes next finds one that has not begun.
    const purges = new Purges(data, delivery, () => {
      data.forget();
      this.#parts = this.#make();
    });
    return {
      data,
      delivery,
      toServers,
      ephemeral,
      writing,
      reading: new Reading(data),
      serving: new Serving(data),
      inbound: new Inbound(
        data,
        keys,
        (moved) => writing.tell(moved, undefined),
        (...end) => arrival.endInvite(...end),
      ),
      sending: new Sending(data),
      handshakes: new Handshakes(data, telling, keys),
      arrival,
      listings,
      upgrades,
      lifecycle: new Lifecycle(data, writing, listings, upgrades),
      purges,
    };
  }

  /** Tells the groups and the directory what they lag behind of, ends an upgrade that broke off, and deletes a forgotten room. */
  async alarm(): Promise<void> {
    const { data, delivery, toServers, ephemeral, listings, upgrades, writing, inbound, purges } = this.#parts;
    const { env, deliveryAlarm } = data;
    const tasks = [
      () => delivery.retry(),
      () => toServers.retry(),
      () => ephemeral.retry(),
      () => listings.retry(),
      () => upgrades.retry(),
      () => writing.guestsLeave(),
      () => inbound.retry(),
      () => purges.retry(),
    ];
    for (const task of tasks) {
      try {
        if (await task()) env.sql.transaction(() => deliveryAlarm.arm());
      } catch (error) {
        env.log.error('the alarm of a room failed', { error: String(error) });
        // What the failed task armed may have been undone.
        deliveryAlarm.forget();
        env.sql.transaction(() => deliveryAlarm.arm());
      }
    }
  }
}
