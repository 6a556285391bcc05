// Replaces the room by a new one. Two rooms and the aliases take part, so the intent is written down first: after a crash the
// room's alarm finds it, and finishes the upgrade if the new room has begun, or drops it.
// https://spec.matrix.org/v1.19/client-server-api/#room-upgrades
import { roomVersion } from '../../events/room-versions.ts';
import { isCreationOver } from '../../ports/contracts/home.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import { forbidden, MatrixError, unsupportedRoomVersion } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import { isObject, type JsonObject, member } from '../../spec/json.ts';
import { Change } from '../change.ts';
import type { SigningKeys } from '../drafting/signing-key.ts';
import type { RoomData } from '../room-data.ts';
import type { Upgrade } from '../store/lifecycle.ts';
import { appendOwn } from '../writing/events.ts';
import type { Writing } from '../writing/writing.ts';
import { CANONICAL_ALIAS, maySend } from './aliases.ts';
import type { Listings } from './listing.ts';
import { closedLevels, upgradePlan } from './upgrade-plan.ts';

const TOMBSTONE = 'm.room.tombstone';
/** When the alarm looks at an upgrade that has not come to its end. */
const LOOK_AFTER_MS = 10_000;

export class Upgrades {
  readonly #data: RoomData;
  readonly #writing: Writing;
  readonly #listings: Listings;
  readonly #keys: SigningKeys;
  /** Whether this instance is at it, so that the alarm leaves it alone. */
  #running = false;

  constructor(data: RoomData, writing: Writing, listings: Listings, keys: SigningKeys) {
    this.#data = data;
    this.#writing = writing;
    this.#listings = listings;
    this.#keys = keys;
  }

  async upgrade(by: Requester, newVersion: string, additionalCreators: readonly string[]): Promise<string> {
    const { env, lifecycle } = this.#data;
    this.#demandPermission(by);
    const version = roomVersion(newVersion);
    if (version === undefined) throw unsupportedRoomVersion(newVersion);
    if (this.#running || lifecycle.upgrade() !== undefined)
      throw new MatrixError(400, 'M_UNKNOWN', 'The room is being upgraded already.');
    this.#running = true;
    try {
      const made = await this.#madeBefore(by, newVersion, additionalCreators);
      if (made !== undefined) return made;
      await this.#keys.gather();
      const { content, steps } = upgradePlan(
        this.#data,
        by.userId,
        version,
        additionalCreators,
        this.#listings.published,
      );
      const home = env.actors.home();
      const { roomId, pdu } = await home.draftCreateEvent({ sender: by.userId, roomVersion: newVersion, content });
      this.#begin(by, roomId);
      env.failpoint('rooms.upgrade-begun');
      await this.#create(async () => env.actors.room(roomId).writing.create(by, pdu, steps));
      env.failpoint('rooms.upgrade-created');
      await this.#finish();
      return roomId;
    } finally {
      this.#running = false;
    }
  }

  /** Comes back to an upgrade that broke off. True if there is still something to do. */
  async retry(): Promise<boolean> {
    const { env, lifecycle } = this.#data;
    const upgrade = lifecycle.upgrade();
    if (upgrade === undefined) return false;
    if (this.#running) return true;
    this.#running = true;
    try {
      const tooLate = isCreationOver(upgrade.begunAt, env.clock.now());
      const exists = upgrade.decided || (await env.actors.room(upgrade.newRoom).lifecycle.exists());
      if (exists) await this.#finish();
      // Asked after the time was over: a room that had not begun then never will.
      else if (tooLate) env.sql.transaction(() => lifecycle.endUpgrade());
      return lifecycle.upgrade() !== undefined;
    } finally {
      this.#running = false;
    }
  }

  /**
   * The room that this user has replaced the room by already, if it is what is asked for now. An upgrade has no transaction id,
   * and a second room after a lost answer would be one that the aliases do not lead to.
   */
  async #madeBefore(by: Requester, version: string, creators: readonly string[]): Promise<string | undefined> {
    const { env, head, roomId } = this.#data;
    const tombstone = this.#data.stateEvent(head.root, TOMBSTONE, '');
    const replacement = tombstone && member(tombstone.pdu.content, 'replacement_room');
    if (tombstone?.pdu.sender !== by.userId || typeof replacement !== 'string' || !isRoomId(replacement))
      return undefined;
    try {
      const create = await env.actors.room(replacement).reading.stateEvent(by, 'm.room.create', '');
      const content = create['content'] as JsonObject;
      const predecessor = member(content, 'predecessor');
      const named = member(content, 'additional_creators');
      const others = Array.isArray(named) ? named : [];
      const isIt =
        member(content, 'room_version') === version &&
        isObject(predecessor) &&
        member(predecessor, 'room_id') === roomId &&
        creators.every((creator) => others.includes(creator));
      return isIt ? replacement : undefined;
    } catch (error) {
      if (error instanceof MatrixError) return undefined;
      throw error;
    }
  }

  #demandPermission(by: Requester): void {
    if (!maySend(this.#data, by.userId, TOMBSTONE)) throw forbidden('You may not replace this room.');
  }

  #begin(by: Requester, newRoom: string): void {
    const { env, lifecycle } = this.#data;
    env.sql.transaction(() => {
      // Things were asked of others meanwhile.
      this.#demandPermission(by);
      const begunAt = env.clock.now();
      lifecycle.putUpgrade({ newRoom, userId: by.userId, group: by.group, begunAt, decided: false });
      env.alarm.arm(begunAt + LOOK_AFTER_MS);
    });
  }

  async #create(create: () => Promise<void>): Promise<void> {
    const { env, lifecycle } = this.#data;
    try {
      await create();
    } catch (error) {
      // A refusal means that nothing was made; of anything else the alarm finds out.
      if (error instanceof MatrixError) env.sql.transaction(() => lifecycle.endUpgrade());
      throw error;
    }
  }

  /** The new room is there: this one ends. */
  async #finish(): Promise<void> {
    const { env, lifecycle, roomId } = this.#data;
    const upgrade = lifecycle.upgrade();
    if (upgrade === undefined) return;
    if (!upgrade.decided) await this.#decide(upgrade);
    env.failpoint('rooms.upgrade-decided');
    await env.actors.home().aliases.move(roomId, upgrade.newRoom);
    env.sql.transaction(() => lifecycle.endUpgrade());
    await this.#listings.tell();
  }

  async #decide(upgrade: Upgrade): Promise<void> {
    const key = await this.#keys.gather();
    const by = { userId: upgrade.userId, deviceId: undefined, group: upgrade.group };
    try {
      const { change } = Change.commit(this.#data, (change) => {
        const content = { body: 'This room has been replaced', replacement_room: upgrade.newRoom };
        this.#append(change, by.userId, TOMBSTONE, content, key);
        this.#tryAppend(change, by.userId, CANONICAL_ALIAS, {}, key);
        this.#tryAppend(change, by.userId, 'm.room.power_levels', closedLevels(this.#data), key);
        this.#data.lifecycle.putUpgrade({ ...upgrade, decided: true });
        this.#listings.write(false);
      });
      await this.#writing.tell(change, by.group);
    } catch (error) {
      if (error instanceof MatrixError) await this.#undo(upgrade, by);
      throw error;
    }
  }

  #append(change: Change, sender: string, type: string, content: object, key: Parameters<typeof appendOwn>[2]): void {
    appendOwn(change, { type, stateKey: '', sender, content: { ...content } }, key);
  }

  /** What the sender may not do is left out: nothing of it has been written when it is refused. */
  #tryAppend(
    change: Change,
    sender: string,
    type: string,
    content: object,
    key: Parameters<typeof appendOwn>[2],
  ): void {
    const known = this.#data.stateEvent(change.head.root, type, '');
    if (known === undefined && type === CANONICAL_ALIAS) return;
    try {
      this.#append(change, sender, type, content, key);
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
    }
  }

  /** The user lost the level between asking and the last step: the new room, in which nobody else is yet, is left. */
  async #undo(upgrade: Upgrade, by: Requester): Promise<void> {
    const { env, lifecycle } = this.#data;
    await env.actors
      .room(upgrade.newRoom)
      .writing.changeMembership(by, { target: by.userId, membership: 'leave', operation: 'leave' });
    env.sql.transaction(() => lifecycle.endUpgrade());
  }
}
