// What everybody sees who is joined, and has been since long enough: the view for which a window is made that many share.
import { DUMMY_EVENT } from '../../events/dummy-event.ts';
import type { Pdu } from '../../events/pdu.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { historyVisibility, View } from '../visibility.ts';

export class ClassView extends View {
  readonly #room: RoomData;
  /** Who has been joined since this position at the latest sees the same. */
  joinedBy = Infinity;

  constructor(data: RoomData) {
    // No user has this id: what is asked about the viewer alone must not be asked of a class.
    super(data, '');
    this.#room = data;
  }

  override sees(event: StoredEvent): boolean {
    if (event.verdict !== 'accepted' || event.roomPos === undefined) return false;
    if (event.pdu.type === DUMMY_EVENT) return false;
    const visibility = historyVisibility(this.#room, event.rootBefore);
    // Whoever is joined now has joined after it or before it.
    if (visibility !== 'world_readable' && visibility !== 'shared') this.#demand(event);
    return true;
  }

  /** Whether the state before an event is the one that the room had then. What comes of another branch each sees otherwise. */
  #continues({ roomPos = 0, rootBefore }: StoredEvent): boolean {
    return this.#room.log.rootAt(roomPos - 1) === rootBefore;
  }

  override membershipAt(event: StoredEvent): string {
    this.#demand(event);
    return 'join';
  }

  override shown(event: StoredEvent): Pdu {
    // Whoever was there when its sender's account was erased may go on seeing it.
    return this.#room.erasures.shown(event, (erasedAt) => {
      this.joinedBy = Math.min(this.joinedBy, erasedAt);
      return true;
    });
  }

  #demand(event: StoredEvent): void {
    this.joinedBy = Math.min(this.joinedBy, this.#continues(event) ? (event.roomPos ?? 0) : -Infinity);
  }
}
