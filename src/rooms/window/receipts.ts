// The content of one m.receipt event: the room's receipts after a receipt position, as far as the viewer may see them.
// https://spec.matrix.org/v1.19/client-server-api/#mreceipt
import { isObject, type Json } from '../../spec/json.ts';
import type { RoomData } from '../room-data.ts';
import type { View } from '../visibility.ts';

/** JSON text, or undefined if there is nothing to show. What `ignored` users have read is not shown. */
export function receiptsText(
  data: RoomData,
  after: number,
  view: View,
  ignored: readonly string[],
): string | undefined {
  const silent = new Set(ignored);
  // event id → receipt type → user → receipt
  const content = new Map<string, Map<string, Map<string, Json>>>();
  for (const receipt of data.receipts.after(after)) {
    if (receipt.type === 'm.read.private' && receipt.userId !== view.userId) continue;
    if (silent.has(receipt.userId)) continue;
    const event = data.byNumber(receipt.number);
    if (event === undefined || !view.sees(event)) continue;
    const byType = entry(content, event.pdu.eventId, () => new Map<string, Map<string, Json>>());
    const byUser = entry(byType, receipt.type, () => new Map<string, Json>());
    // One user may have read the same event in a thread and outside: the content has room for one, the one that says more.
    if (receipt.threadId !== '' && hasUnthreaded(byUser.get(receipt.userId))) continue;
    byUser.set(receipt.userId, { ts: receipt.ts, ...(receipt.threadId === '' ? {} : { thread_id: receipt.threadId }) });
  }
  if (content.size === 0) return undefined;
  return objectText(content, (byType) => objectText(byType, (byUser) => objectText(byUser, JSON.stringify)));
}

function hasUnthreaded(receipt: Json | undefined): boolean {
  return isObject(receipt) && receipt['thread_id'] === undefined;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function objectText<V>(map: ReadonlyMap<string, V>, text: (value: V) => string): string {
  return `{${[...map].map(([key, value]) => `${JSON.stringify(key)}:${text(value)}`).join(',')}}`;
}
