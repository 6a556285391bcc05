// Deletes a room that everybody who was in it here has left and forgotten. One commit ends the room for all who ask; its rows go
// after that, in pieces, and the alarm takes up what a crash has left. What comes of the room then finds one that is not known.
// https://spec.matrix.org/v1.19/client-server-api/#leaving-rooms
import { breath } from '../../ports/clock.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { RoomData } from '../room-data.ts';
import { NOTHING_TOLD } from '../store/lifecycle.ts';

/** Rows deleted before others have a turn: of events that are as large as they may be, some 10 ms. */
const ROWS_AT_ONCE = 200;

export class Purges {
  readonly #data: RoomData;
  readonly #delivery: Delivery;
  /** The room is gone: nothing that was remembered of it holds. */
  readonly #gone: () => void;

  constructor(data: RoomData, delivery: Delivery, gone: () => void) {
    this.#data = data;
    this.#delivery = delivery;
    this.#gone = gone;
  }

  /** The alarm has come. True if something is left to do. */
  async retry(): Promise<boolean> {
    const { purges, env } = this.#data;
    if (this.#data.begun !== undefined && !this.#begin()) return false;
    if (purges.get()?.underWay !== true) return false;
    env.failpoint('rooms.purge-begun');
    while (env.sql.transaction(() => this.#deletePiece())) {
      env.failpoint('rooms.purge-piece');
      await breath(env.clock);
    }
    return !(await this.#tellAndEnd());
  }

  /** One commit. Whether the room has ended in it. */
  #begin(): boolean {
    const data = this.#data;
    const { epoch } = data.head;
    if (!this.#isForgotten()) return false;
    data.env.sql.transaction(() => {
      const listing = data.lifecycle.listing();
      if (listing?.published === 1) data.lifecycle.putListing(false, listing.publication + 1, NOTHING_TOLD);
      data.purges.begin(epoch);
      data.deliveryAlarm.arm();
    });
    this.#gone();
    return true;
  }

  /** Whether nobody here is in the room or remembers it, and everybody has heard that they have left. */
  #isForgotten(): boolean {
    const { members, lifecycle, purges, env } = this.#data;
    if (members.groups().some((group) => group.members > 0)) return false;
    if (this.#delivery.lags || lifecycle.upgrade() !== undefined) return false;
    // Other servers fetch what they are to be sent, the last leave too, out of the room itself, whenever they can be reached.
    if (purges.isShared()) return false;
    return !members.isRemembered(env.settings.serverName);
  }

  /** Inside a transaction. It may have come to its end meanwhile, and the room have begun anew. */
  #deletePiece(): boolean {
    const { purges } = this.#data;
    return purges.get()?.underWay === true && purges.deleteSome(ROWS_AT_ONCE);
  }

  /** The room's names and its place in the directory go too. False if that cannot be said now. */
  async #tellAndEnd(): Promise<boolean> {
    const { env, lifecycle, purges, roomId, states } = this.#data;
    const listing = lifecycle.listing();
    try {
      const home = env.actors.home();
      if (listing?.told === NOTHING_TOLD) await home.directory.put(roomId, listing.publication, 0, undefined);
      await home.aliases.removeAll(roomId);
    } catch (error) {
      env.log.warn('a room that is gone could not be taken out of the directory', { error: String(error) });
      return false;
    }
    env.failpoint('rooms.purge-told');
    env.sql.transaction(() => {
      if (listing) lifecycle.putListing(false, listing.publication, states.empty);
      purges.end();
    });
    return true;
  }
}
