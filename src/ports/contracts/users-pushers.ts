// Where a group's users want to be notified. https://spec.matrix.org/v1.19/client-server-api/#push-notifications
import type { JsonObject } from '../../spec/json.ts';
import type { Requester } from './requester.ts';

export interface UsersPushers {
  /** The user's own, by app id and pushkey. */
  pushers(by: Requester): Promise<readonly Pusher[]>;
  /**
   * Makes the user's pusher of this app id and pushkey, or replaces it; it ends with the session that set it last. Unless
   * `shared`, those of the group's other users with the same two end. Throws 401 if the session has ended, 413 M_TOO_LARGE.
   */
  setPusher(by: Requester, pusher: Pusher, shared: boolean): Promise<PusherClaim>;
  /** One that is not there is no error. */
  deletePusher(by: Requester, key: PusherKey): Promise<void>;
  /** A user of another group has set a pusher that is not shared: what others set before that ends. */
  endPushersOfOthers(claim: PusherClaim): Promise<void>;
}

export interface PusherKey {
  readonly appId: string;
  readonly pushkey: string;
}

export interface Pusher extends PusherKey {
  readonly kind: 'http';
  readonly appDisplayName: string;
  readonly deviceDisplayName: string;
  readonly profileTag: string | undefined;
  readonly lang: string;
  /** `url`, perhaps `format`, and what the client wants its gateway to be told. */
  readonly data: JsonObject;
}

/** Of two who set the same pusher in two groups the later has it, and of the same moment the one whose id is greater. */
export interface PusherClaim extends PusherKey {
  readonly userId: string;
  /** Milliseconds of the wall clock. */
  readonly setAt: number;
}
