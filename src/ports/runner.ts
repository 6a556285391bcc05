// The door to whoever does an object's work on the network. Objects never fetch: they write down what is to be done, and a
// runner beside them leases it (`ServersWork.lease`), does it and reports back. See src/federation/runner.ts.

export interface Runner {
  /**
   * Once what has been written so far is durable, a runner looks for work of this object. Waking too often is harmless, and
   * so is a wake-up that gets lost, as long as an alarm is armed that wakes again. For objects without work it does nothing.
   */
  wake(): void;
}
