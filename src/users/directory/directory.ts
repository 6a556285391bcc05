// The directory part of a Users object: finding users by what they are called. Found are those who share a room with who asks,
// and those who are in a room that anybody may join or read. Whether a room is such a one the Room says; it is remembered until the
// room's log tells of a change. https://spec.matrix.org/v1.19/client-server-api/#user-directory
import type { Requester } from '../../ports/contracts/requester.ts';
import type { FoundUser, FoundUsers, UsersDirectory } from '../../ports/contracts/users-directory.ts';
import type { Profile } from '../../ports/contracts/room.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { RoomView } from '../stream/room-view.ts';
import type { RoomsView } from '../stream/rooms-view.ts';
import { rankOf, searchTerm, type SearchTerm } from './matching.ts';
import { NameStore } from './store/names.ts';

/** Names read before others have a turn. */
const NAMES_AT_ONCE = 1000;
/** Rooms asked for one search. */
const QUESTIONS_MAX = 100;
const QUESTIONS_AT_ONCE = 10;

export interface DirectoryNeighbours {
  readonly rooms: Pick<RoomsView, 'joinedBy' | 'share'>;
  profileOf(userId: string): Profile;
}

interface Match {
  readonly userId: string;
  readonly rank: number;
}

export class Directory implements UsersDirectory {
  readonly #env: ObjectEnv;
  readonly #neighbours: DirectoryNeighbours;
  readonly #names: NameStore;

  constructor(env: ObjectEnv, neighbours: DirectoryNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
    this.#names = new NameStore(env.sql, env.owner);
  }

  async search(by: Requester, text: string, limit: number): Promise<FoundUsers> {
    const term = searchTerm(text);
    if (term === undefined) return { found: [], more: false };
    const matches = (await this.#matches(term)).filter(({ userId }) => userId !== by.userId);
    const questions = { left: QUESTIONS_MAX };
    const found: FoundUser[] = [];
    for (const { userId, rank } of matches.toSorted(byRank)) {
      const visible = this.#neighbours.rooms.share(by.userId, userId) || (await this.#isOpenMember(userId, questions));
      if (!visible) continue;
      if (found.length === limit) return { found, more: true };
      found.push({ userId, rank, ...this.#neighbours.profileOf(userId) });
    }
    return { found, more: questions.left === 0 };
  }

  async #matches(term: SearchTerm): Promise<Match[]> {
    const matches: Match[] = [];
    for (let last = ''; ;) {
      const rows = this.#names.after(last, NAMES_AT_ONCE);
      for (const { user_id: userId, name } of rows) {
        const value: unknown = name === null ? undefined : JSON.parse(name);
        const rank = rankOf(term, userId, typeof value === 'string' ? value : undefined);
        if (rank !== undefined) matches.push({ userId, rank });
      }
      if (rows.length < NAMES_AT_ONCE) return matches;
      last = rows.at(-1)!.user_id;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#env.clock.timer(0, resolve);
      await promise;
    }
  }

  /** Whether the user is in a room whose members anybody may find. */
  async #isOpenMember(userId: string, questions: { left: number }): Promise<boolean> {
    const rooms = this.#neighbours.rooms.joinedBy(userId);
    if (rooms.some((room) => room.open === true)) return true;
    const unknown = rooms.filter((room) => room.open === undefined).slice(0, questions.left);
    questions.left -= unknown.length;
    for (let n = 0; n < unknown.length; n += QUESTIONS_AT_ONCE) {
      const answers = await Promise.all(unknown.slice(n, n + QUESTIONS_AT_ONCE).map((room) => this.#isOpen(room)));
      if (answers.includes(true)) return true;
    }
    return false;
  }

  async #isOpen(room: RoomView): Promise<boolean> {
    const { applied, epoch } = room;
    const open = await this.#env.actors.room(room.roomId).lifecycle.open();
    // What was told meanwhile may have been that it is otherwise now.
    if (room.applied === applied && room.epoch === epoch) room.open = open;
    return open;
  }
}

function byRank(one: Match, other: Match): number {
  return one.rank - other.rank || (one.userId < other.userId ? -1 : 1);
}
