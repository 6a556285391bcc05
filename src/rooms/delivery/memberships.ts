// All memberships as they were at a position of the log, page by page, for a Users group that begins with the room there.
import type { MembershipEntry, MembershipsPage } from '../../ports/contracts/room.ts';
import type { RoomData } from '../room-data.ts';
import { entryOfMember } from './entries.ts';

/** Memberships in one call, and of these so many with what introduces the room: a call holds less than 1 MB. */
const PAGE = 500;
const INTRODUCTIONS_MAX = 8;

export class Memberships {
  readonly #data: RoomData;
  /** The member events of the state that was asked for last, in order: whoever reads it reads all its pages. */
  #last: { readonly root: number; readonly numbers: readonly number[] } | undefined;

  constructor(data: RoomData) {
    this.#data = data;
  }

  /** `at` undefined: the end of the log. `after`: the `next` of the page before, or -1. */
  page(at: number | undefined, after: number): MembershipsPage {
    const data = this.#data;
    const head = data.known ?? data.head;
    const roomPos = Math.min(at ?? head.roomPos, head.roomPos);
    const root = data.log.rootAt(roomPos) ?? data.states.empty;
    const all = this.#numbers(root);
    const start = all.findIndex((number) => number > after);
    const wanted = start < 0 ? [] : all.slice(start, start + PAGE);
    const memberships: MembershipEntry[] = [];
    let introductions = 0;
    let last = after;
    for (const event of data.many(wanted)) {
      const entry = entryOfMember(data, root, event);
      last = event.number;
      if (entry === undefined) continue;
      memberships.push(entry);
      if (entry.strippedState !== undefined && ++introductions >= INTRODUCTIONS_MAX) break;
    }
    const more = last !== after && last !== all.at(-1);
    return { epoch: head.epoch, roomPos, memberships, next: more ? last : undefined };
  }

  #numbers(root: number): readonly number[] {
    if (this.#last?.root === root) return this.#last.numbers;
    const { states } = this.#data;
    const others = new Set(states.allButMembers(root));
    const numbers = states
      .all(root)
      .filter((number) => !others.has(number))
      .toSorted((a, b) => a - b);
    this.#last = { root, numbers };
    return numbers;
  }
}
