// Guests stay only as long as the room lets guests join. Who of the members is one is noted when they join; once the state says
// otherwise they leave, in pieces, and the room's alarm takes up what a crash has left.
// https://spec.matrix.org/v1.19/client-server-api/#guest-access
import { MatrixError } from '../../spec/errors.ts';
import { Change } from '../change.ts';
import type { SigningKeys } from '../drafting/signing-key.ts';
import type { RoomData } from '../room-data.ts';
import type { GuestRow } from '../store/guests.ts';
import { appendOwn } from '../writing/events.ts';
import { admitsGuests } from '../writing/membership.ts';

/** How many leave in one commit. */
const AT_ONCE = 50;

export class Guests {
  readonly #data: RoomData;
  readonly #keys: SigningKeys;
  #leaving: Promise<void> | undefined;

  constructor(data: RoomData, keys: SigningKeys) {
    this.#data = data;
    this.#keys = keys;
  }

  /** Whether there are guests who may not be there. */
  get isDue(): boolean {
    return this.#data.begun !== undefined && this.#data.guests.any && !admitsGuests(this.#data);
  }

  /** Has them leave, one run at a time; `left` is called after each commit. Throws if that cannot be done now. */
  leave(left: (change: Change) => Promise<void>): Promise<void> {
    this.#leaving ??= this.#leave(left).finally(() => {
      this.#leaving = undefined;
    });
    return this.#leaving;
  }

  async #leave(left: (change: Change) => Promise<void>): Promise<void> {
    const key = await this.#keys.gather();
    while (this.isDue) {
      const rows = this.#data.guests.some(AT_ONCE);
      const still = await Promise.all(rows.map((row) => this.#isGuest(row)));
      const { change } = Change.commit(this.#data, (commit) => {
        // Guests may have been let in again while their accounts were asked for.
        if (admitsGuests(this.#data)) return;
        for (const [index, { user_id: userId }] of rows.entries()) {
          if (still[index] === true) this.#leaveOne(commit, userId, key);
          this.#data.guests.delete(userId);
        }
      });
      this.#data.guests.forget();
      await left(change);
    }
  }

  #leaveOne(commit: Change, userId: string, key: Parameters<typeof appendOwn>[2]): void {
    if (this.#data.members.get(userId)?.membership !== 'join') return;
    try {
      const content = { membership: 'leave' };
      appendOwn(commit, { type: 'm.room.member', stateKey: userId, sender: userId, content }, key);
    } catch (error) {
      // Nothing of it has been written when it is refused.
      if (!(error instanceof MatrixError)) throw error;
    }
  }

  /** The account may have become a user's since. */
  async #isGuest({ user_id: userId, grp }: GuestRow): Promise<boolean> {
    return (await this.#data.env.actors.users(grp).accounts.standing(userId))?.guest === true;
  }
}
