// What the platform bills by, counted since it was last asked for: `bench/costs.ts` reads it from a server under test. It is
// one count for all objects of this isolate, which in workerd on one machine are all there are.

export interface Costs {
  rowsRead: number;
  rowsWritten: number;
  /** Calls from the front to an object, or from one object to another. */
  calls: number;
}

const nothing = (): Costs => ({ rowsRead: 0, rowsWritten: 0, calls: 0 });

let costs = nothing();

export function countRows(read: number, written: number): void {
  costs.rowsRead += read;
  costs.rowsWritten += written;
}

export function countCall(): void {
  costs.calls++;
}

/** What was counted; counting begins anew. */
export function takeCosts(): Costs {
  const taken = costs;
  costs = nothing();
  return taken;
}
