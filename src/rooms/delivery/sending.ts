// The texts of events for who sends them to other servers. https://spec.matrix.org/v1.19/server-server-api/#transactions
import type { RoomSending } from '../../ports/contracts/room-sending.ts';
import type { RoomData } from '../room-data.ts';
import { pduText } from '../serving/pdu-text.ts';

export class Sending implements RoomSending {
  readonly #data: RoomData;

  constructor(data: RoomData) {
    this.#data = data;
  }

  async pdus(eventIds: readonly string[]): Promise<readonly string[]> {
    if (this.#data.begun === undefined) return [];
    return eventIds.flatMap((id) => {
      const event = this.#data.byId(id);
      return event?.verdict === 'accepted' ? [pduText(event.pdu)] : [];
    });
  }
}
