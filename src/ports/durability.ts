// The output gate (acknowledged means durable). On Node whatever leaves waits for the sync of the log that covers what it
// shows; a Durable Object's platform holds its output by itself.

export interface Durability {
  /** Resolves once everything that has been written so far, by anybody, would survive a power cut. */
  settled(): Promise<void>;
}
