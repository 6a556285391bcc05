// Many Rooms in one answer: where they live in this process each does its work at once when it is asked, and others have to
// have their turn in between.
import { breath, type Clock } from '../ports/clock.ts';

/** As long as nobody minds waiting. */
const AT_ONCE_MS = 20;

/** All results in the order of `items`; begins each without waiting for the one before, and pauses when that takes long. */
export async function paced<T, R>(clock: Clock, items: readonly T[], begin: (item: T) => Promise<R>): Promise<R[]> {
  const begun: Promise<R>[] = [];
  let since = clock.monotonic();
  for (const item of items) {
    const one = begin(item);
    // Whoever waits for all of them hears of it.
    one.catch(() => undefined);
    begun.push(one);
    if (clock.monotonic() - since < AT_ONCE_MS) continue;
    await breath(clock);
    since = clock.monotonic();
  }
  return Promise.all(begun);
}
