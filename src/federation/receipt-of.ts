// A room's door for events of other servers.
import type { PduText } from '../ports/contracts/servers-inbound.ts';
import type { Received, RoomReceipt } from '../ports/contracts/room-receipt.ts';
import type { ServerKeys } from '../ports/contracts/servers-keys.ts';
import type { FrontEnv } from '../ports/front-env.ts';

export interface Taking extends Pick<RoomReceipt, 'wants'> {
  /** Keys that are at hand save the room asking for them. */
  offer(origin: string, texts: readonly PduText[], keys: readonly ServerKeys[]): Promise<Received>;
}

/** What one call carries of events. */
const BYTES_AT_ONCE = 500_000;

export function receiptOf({ actors }: Pick<FrontEnv, 'actors'>, roomId: string): Taking {
  // A reference has every part that is asked for, and a room without this one says so when it is called.
  return (actors.room(roomId) as unknown as { readonly receipt: Taking }).receipt;
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
