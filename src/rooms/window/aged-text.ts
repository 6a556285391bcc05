// Client events as text with holes: what is told to one viewer and at one moment is put in when the text is read, and the
// rest is made once for all.
import type { Pdu } from '../../events/pdu.ts';
import { sharedText, type Showing } from '../reading/shown-event.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { View } from '../visibility.ts';

interface Piece {
  readonly event: StoredEvent;
  /** Up to where the age follows. */
  readonly head: string;
  /** What follows the viewer's own members of `unsigned`. */
  readonly rest: string;
}

/** Somebody who is joined. */
export interface Reader {
  readonly view: View;
  readonly deviceId: string | undefined;
  readonly now: number;
}

export class AgedText {
  readonly #pieces: readonly Piece[];
  readonly #withMembership: boolean;
  /** Characters. */
  readonly length: number;

  constructor(data: RoomData, events: readonly StoredEvent[], showing: Showing) {
    this.#pieces = events.map((event) => ({ event, ...sharedText(data, event, showing) }));
    this.#withMembership = showing.withMembership;
    this.length = this.#pieces.reduce((sum, { head, rest }) => sum + head.length + rest.length, 0);
  }

  get count(): number {
    return this.#pieces.length;
  }

  /** The events as a reader has them, separated by commas. */
  for({ view, deviceId, now }: Reader): string {
    let text = '';
    for (const { event, head, rest } of this.#pieces) {
      const { pdu, transaction } = event;
      text += `${text === '' ? '' : ','}${head}${ageOf(pdu, now)}`;
      if (this.#withMembership) text += `,"membership":${JSON.stringify(membershipAt(event, view))}`;
      if (transaction !== undefined && pdu.sender === view.userId && transaction.deviceId === deviceId)
        text += `,"transaction_id":${JSON.stringify(transaction.id)}`;
      text += rest;
    }
    return text;
  }
}

function ageOf(pdu: Pdu, now: number): number {
  return Math.max(0, now - pdu.originServerTs);
}

function membershipAt(event: StoredEvent, view: View): string {
  const stays = view.joinPos !== undefined && event.roomPos !== undefined && event.roomPos >= view.joinPos;
  return stays ? 'join' : view.membershipAt(event);
}
