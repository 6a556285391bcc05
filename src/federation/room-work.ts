// Work on one room: hand it what waited for it with Servers, then get it what it wants.
import type { Wants } from '../ports/contracts/room-receipt.ts';
import type { RoomReport, RoomWork } from '../ports/contracts/servers-work.ts';
import { MatrixError } from '../spec/errors.ts';
import type { Federation } from './federation.ts';
import { fill, isEmpty } from './filling.ts';
import { receiptOf } from './receipt-of.ts';

/** How long is spent on a room at once: much less than a lease lasts. */
const WORK_MS = 30_000;

/** What to report. */
export async function workOnRoom(federation: Federation, { roomId, stamp, waiting }: RoomWork): Promise<RoomReport> {
  const { env } = federation;
  const until = env.clock.monotonic() + WORK_MS;
  const given: Wants[] = [];
  if (waiting) {
    try {
      const keys = await federation.keyRing.gather([{ serverName: waiting.origin, keyIds: [] }]);
      given.push((await receiptOf(env, roomId).offer(waiting.origin, waiting.texts, keys)).wants);
    } catch (error) {
      // A room that has not begun, or is closed to this server, never takes them; one that is busy takes them later.
      if (!isForGood(error)) return { roomId, stamp, outcome: 'again' };
    }
  }
  const handedOver = waiting && { handedOver: waiting.lastId };
  let left = false;
  try {
    given.push(await receiptOf(env, roomId).wants());
    for (const wants of given) if (!isEmpty(wants) && (await fill(federation, roomId, wants, until)).left) left = true;
  } catch (error) {
    left = !isForGood(error);
  }
  return { roomId, stamp, ...handedOver, outcome: left ? 'again' : 'done' };
}

function isForGood(error: unknown): boolean {
  return error instanceof MatrixError && error.status < 500 && error.status !== 429;
}
