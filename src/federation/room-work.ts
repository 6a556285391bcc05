// Work on one room: hand it what waited for it with Servers, then get it what it wants.
import type { RoomReport, RoomWork } from '../ports/contracts/servers-work.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import { MatrixError } from '../spec/errors.ts';
import { receiptOf } from './receipt-of.ts';

/** What to report. */
export async function workOnRoom(env: FrontEnv, { roomId, stamp, waiting }: RoomWork): Promise<RoomReport> {
  if (waiting) {
    try {
      await receiptOf(env, roomId).offer(waiting.origin, waiting.texts, []);
    } catch (error) {
      // A room that has not begun, or is closed to this server, never takes them; one that is busy takes them later.
      const never = error instanceof MatrixError && error.status < 500 && error.status !== 429;
      if (!never) return { roomId, stamp, outcome: 'again' };
    }
  }
  const handedOver = waiting && { handedOver: waiting.lastId };
  // Here what the room wants is got of other servers: `filling.ts`. Until then it is asked again later, and later.
  const wanting = await wantsAnything(env, roomId);
  return { roomId, stamp, ...handedOver, outcome: wanting ? 'again' : 'done' };
}

async function wantsAnything(env: FrontEnv, roomId: string): Promise<boolean> {
  try {
    return Object.values(await receiptOf(env, roomId).wants()).some((list: unknown) =>
      Array.isArray(list) ? list.length > 0 : list !== undefined,
    );
  } catch (error) {
    return !(error instanceof MatrixError && error.status < 500);
  }
}
