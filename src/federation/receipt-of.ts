// A room's door for events of other servers.
import type { PduText } from '../ports/contracts/servers-inbound.ts';
import type { RoomReceipt } from '../ports/contracts/room-receipt.ts';
import type { FrontEnv } from '../ports/front-env.ts';

/** What one call carries of events. */
const BYTES_AT_ONCE = 500_000;

export function receiptOf({ actors }: Pick<FrontEnv, 'actors'>, roomId: string): RoomReceipt {
  return actors.room(roomId).receipt;
}

/** Texts in runs that each fit into one call, in order. */
export function inRuns<T extends { readonly text: PduText }>(pdus: readonly T[]): T[][] {
  const runs: T[][] = [];
  let bytes = Infinity;
  for (const pdu of pdus) {
    if (bytes + pdu.text.length > BYTES_AT_ONCE) {
      runs.push([]);
      bytes = 0;
    }
    runs.at(-1)!.push(pdu);
    bytes += pdu.text.length;
  }
  return runs;
}
