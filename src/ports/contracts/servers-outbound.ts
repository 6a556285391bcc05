// What is to be sent to other servers. Rooms tell a shard of Servers what happened that concerns its servers; the shard keeps one
// row for each event and a cursor for each destination. https://spec.matrix.org/v1.19/server-server-api/#transactions

export interface ServersOutbound {
  /**
   * What happened in a room after position `after` of its log and up to `to`, as far as it concerns servers. Answers up to
   * where the shard has the room now: nothing is taken that would leave a gap, what is known is ignored. A new epoch makes
   * the shard forget what it knew of the room; it then answers 0.
   */
  apply(
    roomId: string,
    epoch: number,
    after: number,
    to: number,
    news: readonly RoomNews[],
  ): Promise<{ readonly applied: number }>;
  /** The rooms in which a server is, those in which something was sent lately first, at most so many. */
  roomsWith(server: string, most: number): Promise<readonly string[]>;
  /** A server has called us, so that it can be reached, too: what waits for it is sent at once. */
  heard(server: string): Promise<void>;
  /** What came of sending a transaction. */
  settleDestination(report: DestinationReport): Promise<void>;
}

/** One position of a room's log. */
export interface RoomNews {
  readonly roomPos: number;
  /** An event that we are to send to the servers in the room: one of our users', or one that we let in for another server. */
  readonly event?: { readonly eventId: string; readonly server: string };
  /** Servers that came into the room with this entry: what comes after it is for them. */
  readonly joined: readonly string[];
  /** Servers that are in it no longer after this entry, which is still for them. */
  readonly left: readonly string[];
  /** Servers that the entry is for although they are not in the room: it ends an invite or a knock of a user of theirs. */
  readonly besides?: readonly string[];
}

/** Send a transaction to a server. One at a time is leased for each. */
export interface DestinationWork {
  readonly kind: 'destination';
  readonly destination: string;
  /** To be given back with the report. */
  readonly stamp: number;
  /** The same for the same events, however often they are sent. */
  readonly transactionId: string;
  /** In the order in which they happened. */
  readonly events: readonly { readonly roomId: string; readonly eventId: string }[];
}

export interface DestinationReport {
  readonly destination: string;
  readonly stamp: number;
  /** Whether the server has taken the transaction. If not, it is sent again, later each time. */
  readonly taken: boolean;
}
