// Pushers: where users want to be notified. Nothing is sent to them yet.
// https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3pushersset
import type { Requester } from '../../ports/contracts/requester.ts';
import type { Pusher, PusherClaim, PusherKey, UsersPushers } from '../../ports/contracts/users-pushers.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { utf8Length } from '../../spec/canonical-json.ts';
import { tooLarge } from '../../spec/errors.ts';
import { PusherStore } from './store/pushers.ts';

/** What a user has at once; who sets one more ends the one that was set longest ago, which is likely forgotten. */
const PUSHERS_KEPT = 100;
/** Everything of one, as JSON. */
const PUSHER_BYTES = 8192;

export interface PushersNeighbours {
  demandSession(by: Requester): void;
}

type About = Omit<Pusher, keyof PusherKey>;

export class Pushers implements UsersPushers {
  readonly #env: ObjectEnv;
  readonly #neighbours: PushersNeighbours;
  readonly #store: PusherStore;

  constructor(env: ObjectEnv, neighbours: PushersNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
    this.#store = new PusherStore(env.sql, env.owner);
  }

  async pushers(by: Requester): Promise<readonly Pusher[]> {
    return this.#store.of(by.userId).map(({ app_id: appId, pushkey, about }) => {
      const { profileTag, ...rest } = JSON.parse(about) as About;
      return { appId, pushkey, profileTag, ...rest };
    });
  }

  async setPusher(by: Requester, pusher: Pusher, shared: boolean): Promise<PusherClaim> {
    const { appId, pushkey, ...rest } = pusher;
    const about = JSON.stringify(rest satisfies About);
    if (utf8Length(about) > PUSHER_BYTES) throw tooLarge('The pusher is too large.');
    const claim = { appId, pushkey, userId: by.userId, setAt: this.#env.clock.now() };
    this.#env.sql.transaction(() => {
      this.#neighbours.demandSession(by);
      if (!shared) this.#store.deleteOfOthers(by.userId, pusher);
      this.#store.put(claim, by.deviceId ?? null, about);
      this.#store.prune(by.userId, PUSHERS_KEPT);
    });
    return claim;
  }

  async deletePusher(by: Requester, key: PusherKey): Promise<void> {
    this.#env.sql.transaction(() => {
      this.#neighbours.demandSession(by);
      this.#store.delete(by.userId, key);
    });
  }

  async endPushersOfOthers(claim: PusherClaim): Promise<void> {
    this.#env.sql.transaction(() => {
      this.#store.deleteBefore(claim);
    });
  }

  /** Inside the transaction in which a session on a device ends. */
  endSession(userId: string, deviceId: string): void {
    this.#store.deleteOfDevice(userId, deviceId);
  }

  /** Inside the transaction in which a user's data goes. */
  removeUser(userId: string): void {
    this.#store.deleteOfUser(userId);
  }
}
