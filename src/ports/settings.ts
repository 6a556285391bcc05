// What an operator may set, as every object sees it. Read and checked once, by the runtime.
import type { Allowances } from '../spec/rate-limits/allowances.ts';

export interface Settings {
  readonly serverName: string;
  /** What clients are told as `m.homeserver.base_url`; undefined leaves it out. */
  readonly publicUrl: string | undefined;
  readonly defaultRoomVersion: string;
  readonly registration: 'closed' | 'token' | 'open';
  /** Whether anybody may have a guest account. */
  readonly guests: boolean;
  /** Enables `/_synapse/admin/v1/register`. */
  readonly registrationSharedSecret: string | undefined;
  /** How long an access token is good that its client can refresh, in milliseconds. */
  readonly accessTokenLifetimeMs: number;
  /** Who answers for this server, for its users and for others. */
  readonly support: Support;
  /** Whether clients are told to keep a dehydrated device for each user. */
  readonly dehydratedDevices: boolean;
  /** How much one who asks may do, by class; false if nothing is counted. */
  readonly rateLimits: Allowances | false;
  /** How many rooms one user may begin, and how many aliases one user may have; 0: as many as they like. */
  readonly roomsPerUser: number;
  readonly aliasesPerUser: number;
  /** How many accounts a Users group takes before a new one opens. */
  readonly groupSize: number;
  /** Longest time that a /sync waits, in milliseconds. */
  readonly syncTimeoutMs: number;
  /** Whether users are told who else is there. */
  readonly presence: boolean;
}

/** https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixsupport */
export interface Support {
  readonly contacts: readonly SupportContact[];
  readonly page: string | undefined;
}

/** At least one of the two addresses is there. */
export interface SupportContact {
  readonly role: string;
  readonly matrixId: string | undefined;
  readonly emailAddress: string | undefined;
}
