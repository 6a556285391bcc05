// Whose device lists a user's clients must look at anew, and whose they may forget.
// https://spec.matrix.org/v1.19/client-server-api/#tracking-the-device-list-for-a-user
import type { ObjectEnv } from '../../ports/object-env.ts';
import { Moves } from './moves.ts';
import type { Positions } from './positions.ts';
import type { RoomView } from './room-view.ts';
import type { RoomsView } from './rooms-view.ts';
import type { StreamRows } from './store/stream-rows.ts';

const ANNOUNCE_AGAIN_MS = 10_000;

export class DeviceLists {
  readonly #env: ObjectEnv;
  readonly #rows: StreamRows;
  readonly #rooms: RoomsView;
  readonly #positions: Positions;
  readonly #isOurs: (userId: string) => boolean;
  /** When each user's devices changed last. */
  readonly #changes: Map<string, number>;
  /** The last of all these. */
  #latest = 0;
  readonly #moves: Moves<string>;
  #announcing: Promise<void> | undefined;

  constructor(
    env: ObjectEnv,
    rows: StreamRows,
    rooms: RoomsView,
    positions: Positions,
    isOurs: (userId: string) => boolean,
  ) {
    this.#env = env;
    this.#rows = rows;
    this.#rooms = rooms;
    this.#positions = positions;
    this.#isOurs = isOurs;
    this.#changes = new Map(rows.deviceChanges().map((row) => [row.user_id, row.pos]));
    for (const pos of this.#changes.values()) this.#latest = Math.max(this.#latest, pos);
    this.#moves = new Moves(positions.last);
  }

  /** Notes that users' devices or keys changed, inside a transaction. Other groups hear of our own users. */
  note(userIds: readonly string[]): void {
    for (const userId of userIds) {
      const pos = this.#positions.take();
      this.#rows.putDeviceChange(userId, pos);
      // Should the transaction be undone, a client asks for keys that have not changed: harmless.
      this.#changes.set(userId, pos);
      this.#latest = pos;
      this.#moves.add(userId, pos);
      this.#rooms.noteDevices(this.audience([userId]), pos);
      if (this.#isOurs(userId)) this.#rows.addAnnouncement(userId);
    }
    if (userIds.some(this.#isOurs)) this.#env.alarm.arm(this.#env.clock.now() + ANNOUNCE_AGAIN_MS);
  }

  /** The users of this group who have to hear of changes of these users' devices. */
  audience(userIds: readonly string[]): string[] {
    const hearers = new Set<string>();
    for (const userId of userIds) {
      if (this.#isOurs(userId)) hearers.add(userId);
      for (const room of this.#rooms.joinedBy(userId))
        for (const local of this.#rooms.localMembers(room)) hearers.add(local);
    }
    return [...hearers];
  }

  /** Tells the other groups of our users' changes. Never throws: what failed stays noted, and the alarm comes back to it. */
  announce(): Promise<void> {
    this.#announcing ??= this.#announce()
      .catch((error: unknown) => {
        this.#env.log.warn('other groups could not be told of device changes', { error: String(error) });
      })
      .finally(() => {
        this.#announcing = undefined;
      });
    return this.#announcing;
  }

  /** Arms the alarm for what is still noted. */
  comeBack(): void {
    if (this.#rows.announcements().length > 0) this.#env.alarm.arm(this.#env.clock.now() + ANNOUNCE_AGAIN_MS);
  }

  /** Whether a user may have anything to hear about devices after a position. */
  mayConcern(userId: string, pos: number): boolean {
    return this.#rooms.devicesAt(userId, this.#latest) > pos;
  }

  between(userId: string, pos: number): { readonly changed: readonly string[]; readonly left: readonly string[] } {
    const changed = new Set<string>();
    const gone = new Set<string>();
    for (const other of this.#changedAfter(pos))
      if (other === userId || this.#rooms.share(userId, other)) changed.add(other);
    for (const room of this.#rooms.movedSince(userId, pos))
      if (room.membersAt > pos) byMemberships(userId, room, pos, changed, gone);
    const left = [...gone].filter((other) => other !== userId && !this.#rooms.share(userId, other));
    for (const other of left) changed.delete(other);
    return { changed: [...changed], left };
  }

  /** Whose devices changed after a position. */
  #changedAfter(pos: number): Iterable<string> {
    if (this.#latest <= pos) return [];
    const moved = this.#moves.since(pos, this.#changes.size);
    return moved ?? [...this.#changes].flatMap(([userId, at]) => (at > pos ? userId : []));
  }

  async #announce(): Promise<void> {
    const userIds = this.#rows.announcements();
    if (userIds.length === 0) return;
    const others = (await this.#env.actors.home().groups()).filter((group) => String(group) !== this.#env.name);
    await Promise.all(others.map((group) => this.#env.actors.users(group).keys.devicesChanged(userIds)));
    this.#env.sql.transaction(() => {
      for (const userId of userIds) this.#rows.endAnnouncement(userId);
    });
  }
}

/** Whoever came into a room of the user's is to be looked at; whoever left one, or was left behind, may be forgotten. */
function byMemberships(userId: string, room: RoomView, pos: number, changed: Set<string>, gone: Set<string>): void {
  const own = room.members.get(userId);
  const inIt = own?.membership === 'join';
  const came = inIt && own.since > pos;
  const went = !inIt && own !== undefined && own.leftAt > pos;
  if (!inIt && !went) return;
  for (const member of came || went ? room.members.values() : room.changedAfter(pos)) {
    if (member.userId === userId) continue;
    const joined = member.membership === 'join';
    if (inIt && joined && (came || member.since > pos)) changed.add(member.userId);
    // Who was never in the room, or was gone before, has been told of as that already; so has everybody to who was out themself.
    else if ((went && joined) || (!joined && member.leftAt > pos && (!came || own.leftAt > pos)))
      gone.add(member.userId);
  }
}
