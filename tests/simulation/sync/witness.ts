// The witness of a run: the first user, who made the rooms and never left them, reads in the end what happened.
import { roomPath, type SyncEvent } from '../../black-box/client.ts';
import type { Device } from './device.ts';
import { History } from './history.ts';
import type { Record } from './record.ts';

export class Witness {
  readonly #record: Record;
  readonly #device: Device;
  readonly #rooms: readonly string[];

  constructor(record: Record, device: Device, rooms: readonly string[]) {
    this.#record = record;
    this.#device = device;
    this.#rooms = rooms;
  }

  async histories(): Promise<History[]> {
    const histories: History[] = [];
    for (const roomId of this.#rooms) {
      const events: SyncEvent[] = [];
      let from: string | undefined;
      do {
        const query = new URLSearchParams({
          dir: 'f',
          limit: '500',
          ...(from === undefined ? {} : { from }),
        });
        const page = await this.#device.demand('GET', `${roomPath(roomId)}/messages?${query}`);
        events.push(...(page['chunk'] as SyncEvent[]));
        from = page['end'] as string | undefined;
      } while (from !== undefined);
      histories.push(new History(roomId, events));
    }
    return histories;
  }

  /** GET /state tells the same state that follows from the events. */
  async checkState(histories: readonly History[]): Promise<void> {
    for (const history of histories) {
      const state = await this.#device.demand('GET', `${roomPath(history.roomId)}/state`);
      const ids = (state as unknown as readonly SyncEvent[]).map((event) => event.event_id).toSorted();
      const expected = [...history.state(history.last).values()].toSorted();
      if (ids.join() !== expected.join())
        this.#record.wrong.push(`${history.roomId}: /state is not what follows from the events`);
    }
  }

  async checkRevoked(): Promise<void> {
    for (const device of this.#record.revoked) {
      const answer = await device.client.call('GET', '/_matrix/client/v3/account/whoami');
      if (answer.status !== 401) this.#record.wrong.push(`${device.name}: its token works after logout`);
    }
  }
}
