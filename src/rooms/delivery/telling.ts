// After a commit of the room, whoever made it: all who have to hear of it are told, or will be by the alarm.
import type { Moved } from '../change.ts';
import type { Listings } from '../lifecycle/listing.ts';
import type { Delivery } from './delivery.ts';
import type { ServerDelivery } from './server-delivery.ts';

export class Telling {
  readonly #delivery: Delivery;
  readonly #toServers: ServerDelivery;
  readonly #listings: Listings;

  constructor(delivery: Delivery, toServers: ServerDelivery, listings: Listings) {
    this.#delivery = delivery;
    this.#toServers = toServers;
    this.#listings = listings;
  }

  /** Returns once the group named has what was caused, now or by the same request before. Throws if it cannot be told. */
  async tell(change: Moved | undefined, group: number | undefined): Promise<void> {
    if (change?.membershipsChanged === true) {
      this.#delivery.reload();
      this.#toServers.reload();
    }
    if (change?.wrote === true) {
      this.#listings.follow();
      this.#toServers.publish();
    }
    await this.#delivery.publish(group);
  }
}
