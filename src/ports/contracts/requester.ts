// Who asks: a local user, by a token that has been checked.

export interface Requester {
  readonly userId: string;
  /** Absent only for tokens without a device. */
  readonly deviceId: string | undefined;
  /** The Users group that the user lives in. */
  readonly group: number;
  /** Which device of this id it is: one that was deleted and made again is another. Absent where that is not known. */
  readonly deviceBorn?: number;
  /** Which login on the device the token is of: a later one ends it. Absent where no session asks. */
  readonly session?: number;
  /** Whether it is a guest's account, which may join only where guests may. */
  readonly guest?: boolean;
}

/** A client's transaction id, scoped by the endpoint's path (method and path without the id). */
export interface ClientTransaction {
  readonly scope: string;
  readonly id: string;
}
