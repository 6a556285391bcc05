// How a waiting /sync learns that there is news: no data, only a wake-up. On Node a list in memory; on Workers a hibernatable
// WebSocket from the front to the Users object, so that the object sleeps while nobody writes.

/** Held by a Users object. */
export interface Bell {
  /** Wakes the listeners of these users as soon as everything written so far is durable. Ringing too often is harmless. */
  ring(userIds: readonly string[]): void;
}

/** Held by the front. */
export interface Listening {
  /** Listens for a user's bell. Resolves once no later ring can be missed. */
  listen(group: number, userId: string): Promise<Listener>;
}

export interface Listener {
  /** Resolves at the first ring, and also when the connection breaks: any end counts as news. */
  readonly rung: Promise<void>;
  close(): void;
}
