// Who may see an event: the one place that decides, for every read by a client.
// https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
import { DUMMY_EVENT } from '../events/dummy-event.ts';
import type { Pdu } from '../events/pdu.ts';
import { member } from '../spec/json.ts';
import type { RoomData } from './room-data.ts';
import type { StoredEvent } from './stored-event.ts';

export type HistoryVisibility = 'world_readable' | 'shared' | 'invited' | 'joined';

/** What counts of a state for one user. */
interface Standing {
  readonly visibility: HistoryVisibility;
  readonly membership: string;
}

/** One user's view of the room, good as long as the room does not change: make a new one for each read. */
export class View {
  readonly userId: string;
  readonly #data: RoomData;
  /** Where the user's latest stay began. */
  readonly joinPos: number | undefined;
  readonly #joined: boolean;
  /** Who has forgotten a room after leaving it is to it as anybody else, until they come back. */
  readonly #forgotten: boolean;
  readonly #standings = new Map<number, Standing>();

  constructor(data: RoomData, userId: string) {
    this.#data = data;
    this.userId = userId;
    const member = data.members.get(userId);
    this.joinPos = member?.joinPos;
    this.#joined = member?.membership === 'join';
    const out = member?.membership === 'leave' || member?.membership === 'ban';
    this.#forgotten = out && member.joinPos !== undefined && member.leftPos === undefined;
  }

  sees(event: StoredEvent): boolean {
    // Rejected and soft-failed events are on no client's surface.
    if (event.verdict !== 'accepted' || event.roomPos === undefined) return false;
    if (event.pdu.type === DUMMY_EVENT) return false;
    const before = this.standing(event.rootBefore);
    if (this.#allows(before, event.roomPos)) return true;
    if (event.rootAfter === event.rootBefore) return false;
    const after = this.standing(event.rootAfter);
    const { type, stateKey } = event.pdu;
    if (type === 'm.room.history_visibility' && stateKey === '') {
      return this.#allows({ visibility: after.visibility, membership: before.membership }, event.roomPos);
    }
    if (type === 'm.room.member' && stateKey === this.userId) {
      return this.#allows({ visibility: before.visibility, membership: after.membership }, event.roomPos);
    }
    return false;
  }

  /** The same for what is told by the state before it and its place alone, if it is accepted and changes no state. */
  seesAt(rootBefore: number, roomPos: number): boolean {
    return this.#allows(this.standing(rootBefore), roomPos);
  }

  /** Whether the user sees all that comes after a position, because the stay that lasts began before it. */
  seesAllAfter(roomPos: number): boolean {
    return this.#joined && this.joinPos !== undefined && this.joinPos <= roomPos;
  }

  /** The event as the user may see it: without what an erased account said in it, unless the user saw that before. */
  shown(event: StoredEvent): Pdu {
    return this.#data.erasures.shown(event, (erasedAt) => {
      if (this.userId === event.pdu.sender || this.membershipAt(event) === 'join') return true;
      return this.#wasThere(event.roomPos ?? 0, erasedAt);
    });
  }

  /** Whether the user was joined at some time between two positions, however often they have come and gone since. */
  #wasThere(after: number, until: number): boolean {
    let ended = Infinity;
    let number = this.#data.members.get(this.userId)?.number;
    while (number !== undefined && ended > after) {
      const event = this.#data.byNumber(number);
      if (event?.roomPos === undefined) return false;
      if (event.roomPos <= until && member(event.pdu.content, 'membership') === 'join') return true;
      ended = event.roomPos;
      number = event.replaces;
    }
    return false;
  }

  /** The user's membership at an event: what it made it, for the user's own membership event. */
  membershipAt(event: StoredEvent): string {
    return this.standing(event.rootAfter).membership;
  }

  standing(root: number): Standing {
    const known = this.#standings.get(root);
    if (known !== undefined) return known;
    const standing = {
      visibility: historyVisibility(this.#data, root),
      membership: membershipIn(this.#data, root, this.userId),
    };
    this.#standings.set(root, standing);
    return standing;
  }

  #allows(standing: Standing, roomPos: number): boolean {
    if (standing.visibility === 'world_readable') return true;
    if (this.#forgotten) return false;
    if (standing.membership === 'join') return true;
    // "joined the room at any point after the event was sent": the latest join is after it if any is. Whoever is joined, and
    // was not in the state before an event that came later, joined meanwhile: the event is of another branch.
    if (standing.visibility === 'shared' && this.joinPos !== undefined && (roomPos < this.joinPos || this.#joined))
      return true;
    return standing.membership === 'invite' && standing.visibility === 'invited';
  }
}

export function historyVisibility(data: RoomData, root: number): HistoryVisibility {
  const value = data.stateContent(root, 'm.room.history_visibility', '');
  const visibility = value === undefined ? undefined : member(value, 'history_visibility');
  return visibility === 'world_readable' || visibility === 'invited' || visibility === 'joined' ? visibility : 'shared';
}

/** A user's membership in a state; `leave` if there is none. */
export function membershipIn(data: RoomData, root: number, userId: string): string {
  const content = data.stateContent(root, 'm.room.member', userId);
  const membership = content === undefined ? undefined : member(content, 'membership');
  return typeof membership === 'string' ? membership : 'leave';
}
