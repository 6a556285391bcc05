// The threads of a room, that of the latest reply first. https://spec.matrix.org/v1.19/client-server-api/#querying-threads-in-a-room
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { View } from '../visibility.ts';
import type { Bundles } from './bundles.ts';

/** Replies that one page looks at; those of a thread whose place is known by then are passed over. */
const WALKED_MAX = 2000;
const STEP = 100;

export interface ThreadRoots {
  readonly roots: readonly StoredEvent[];
  /** The position to go on from; undefined where there is no more. */
  readonly next: number | undefined;
}

/**
 * Walks the replies of all threads, newest first: a root stands where its latest reply stands, the latest that this reader may
 * see. So pages fit together although every reader has an order of their own.
 */
export function threadRoots(
  data: RoomData,
  view: View,
  bundles: Bundles,
  until: number,
  limit: number,
  wanted: (root: StoredEvent) => boolean,
): ThreadRoots {
  const latest = new Map<number, number | undefined>();
  const roots: StoredEvent[] = [];
  let before = until + 1;
  let last = until;
  for (let walked = 0; walked < WALKED_MAX; walked += STEP) {
    const done = [...latest].flatMap(([root, pos]) => (pos === undefined || pos >= before ? [root] : []));
    const rows = data.relations.threadReplies(before, done, STEP);
    for (const { parent, roomPos } of rows) {
      before = roomPos;
      const root = data.byNumber(parent);
      if (root === undefined) continue;
      if (!latest.has(parent)) latest.set(parent, view.sees(root) ? bundles.latestReply(root)?.roomPos : undefined);
      if (latest.get(parent) !== roomPos || !wanted(root)) continue;
      if (roots.length === limit) return { roots, next: last - 1 };
      roots.push(root);
      last = roomPos;
    }
    if (rows.length < STEP) return { roots, next: undefined };
  }
  return { roots, next: before - 1 };
}
