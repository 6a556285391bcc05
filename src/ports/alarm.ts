// The alarm door: one alarm for each object, kept with the object's data, firing at least once.

export interface Alarm {
  /**
   * Makes sure that the object's `alarm()` is called at `atMs` (wall clock) or earlier. Belongs to the commit that it is
   * called in. An alarm is never cancelled: a handler that finds nothing to do returns.
   */
  arm(atMs: number): void;
}
