// Keeps the directory of published rooms told. Whether the room is published stands with the room, in the same commit as what
// made it so; the directory is told after it, and again by the room's alarm until it has heard.
// https://spec.matrix.org/v1.19/client-server-api/#published-room-directory
import type { RoomData } from '../room-data.ts';
import { NOTHING_TOLD } from '../store/lifecycle.ts';
import { listingOf } from './listing-of.ts';

/** A busy room tells the directory no more often. */
const PAUSE_MS = 1000;

export class Listings {
  readonly #data: RoomData;
  /** What the directory was told by this instance: which publication, and the state. */
  #told: { readonly publication: number; readonly root: number } | undefined;
  #telling: Promise<boolean> | undefined;
  #pausing = false;

  constructor(data: RoomData) {
    this.#data = data;
  }

  get published(): boolean {
    return this.#data.lifecycle.listing()?.published === 1;
  }

  /** Inside a commit. The caller tells the directory afterwards. */
  write(published: boolean): void {
    const { lifecycle, deliveryAlarm } = this.#data;
    const known = lifecycle.listing();
    if ((known?.published ?? 0) === (published ? 1 : 0)) return;
    lifecycle.putListing(published, (known?.publication ?? 0) + 1, NOTHING_TOLD);
    deliveryAlarm.arm();
  }

  /** After a commit: what changed in the room reaches the directory soon. */
  follow(): void {
    if (this.#telling === undefined && !this.#pausing && this.#isDue()) void this.tell();
  }

  /** Tells the directory now, if it has not heard the latest. Never throws. True if it has. */
  async tell(): Promise<boolean> {
    await this.#telling;
    const telling = this.#tell();
    this.#telling = telling;
    const told = await telling;
    if (this.#telling === telling) this.#telling = undefined;
    return told;
  }

  /** Tells what a crash has left, and notes what the directory has. True if it still lags. */
  async retry(): Promise<boolean> {
    if (!(await this.tell())) return true;
    const { lifecycle, env } = this.#data;
    const row = lifecycle.listing();
    const told = this.#told;
    if (row === undefined || told?.publication !== row.publication || told.root === row.told) return false;
    env.sql.transaction(() => lifecycle.putListing(row.published === 1, row.publication, told.root));
    return false;
  }

  #isDue(): boolean {
    const row = this.#data.lifecycle.listing();
    if (row === undefined || this.#data.begun === undefined) return false;
    const told = this.#told?.publication === row.publication ? this.#told.root : row.told;
    return row.published === 1 ? told !== this.#data.head.root : told === NOTHING_TOLD;
  }

  async #tell(): Promise<boolean> {
    const { lifecycle, env, roomId } = this.#data;
    // Even reading may fail, in an object whose time is over.
    try {
      const row = lifecycle.listing();
      if (row === undefined || !this.#isDue()) return true;
      const { root, roomPos } = this.#data.head;
      const listing = row.published === 1 ? listingOf(this.#data) : undefined;
      this.#pausing = true;
      env.clock.timer(PAUSE_MS, () => {
        this.#pausing = false;
        this.follow();
      });
      await env.actors.home().directory.put(roomId, row.publication, roomPos, listing);
      this.#told = { publication: row.publication, root };
      return !this.#isDue();
    } catch (error) {
      env.log.warn('the directory could not be told of a room', { error: String(error) });
      return false;
    }
  }
}
