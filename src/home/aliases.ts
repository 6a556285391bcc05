// Local aliases. One that is claimed for a room about to be made stands for nothing until the room has begun: Home asks the
// Room whenever it is in doubt, and its alarm asks for what nobody came back to.
// https://spec.matrix.org/v1.19/client-server-api/#room-aliases
import { isCreationOver } from '../ports/contracts/home.ts';
import type { AliasOwner, HomeAliases } from '../ports/contracts/home-directory.ts';
import type { Requester } from '../ports/contracts/requester.ts';
import type { ObjectEnv } from '../ports/object-env.ts';
import { forbidden, invalidParam, MatrixError } from '../spec/errors.ts';
import { isRoomAlias } from '../spec/identifiers/room-alias.ts';
import { serverOf } from '../spec/identifiers/user-id.ts';
import { AliasStore, type AliasRow, type DropRow } from './store/aliases.ts';

/** A room has few names that people remember. */
const ALIASES_OF_ROOM_MAX = 200;
/** When the alarm looks at a claim that nobody has settled, and again. */
const LOOK_AFTER_MS = 10_000;
const CLAIMS_AT_ONCE = 100;

export class Aliases implements HomeAliases {
  readonly #env: ObjectEnv;
  readonly #store: AliasStore;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#store = new AliasStore(env.sql, env.owner);
  }

  async get(alias: string): Promise<AliasOwner | undefined> {
    const seen = this.#store.get(alias);
    if (seen && seen.claimed_at !== null) await this.#look(seen);
    const row = this.#store.get(alias);
    return row && row.claimed_at === null ? { roomId: row.room_id, creator: row.creator } : undefined;
  }

  async set(by: Requester, alias: string, roomId: string, unlimited: boolean): Promise<void> {
    this.#check(alias);
    const seen = this.#store.get(alias);
    if (seen && seen.claimed_at !== null) await this.#look(seen);
    // What was removed before must not be taken out of the room after it has been named again.
    await this.#dropFromRoom(this.#store.drop(alias, roomId));
    this.#env.sql.transaction(() => {
      if (this.#store.get(alias)) throw new MatrixError(409, 'M_UNKNOWN', 'There is such a room alias already.');
      if (this.#store.ofRoom(roomId).length >= ALIASES_OF_ROOM_MAX) throw forbidden('The room has too many aliases.');
      this.#demandFew(by.userId, unlimited);
      this.#store.insert(alias, roomId, by.userId, null);
    });
  }

  async remove(by: Requester, alias: string, roomId: string): Promise<void> {
    const drop = { alias, room_id: roomId, user_id: by.userId, grp: by.group };
    this.#env.sql.transaction(() => {
      if (!this.#store.remove(alias, roomId)) return;
      this.#store.putDrop(drop);
      this.#env.alarm.arm(this.#env.clock.now() + LOOK_AFTER_MS);
    });
    this.#env.failpoint('home.alias-removed');
    try {
      await this.#dropFromRoom(drop);
    } catch (error) {
      this.#env.log.warn('a room names an alias that is gone until it can be told', { error: String(error) });
    }
  }

  async ofRoom(roomId: string): Promise<readonly string[]> {
    return this.#store.ofRoom(roomId);
  }

  async move(fromRoomId: string, toRoomId: string): Promise<void> {
    this.#env.sql.transaction(() => this.#store.move(fromRoomId, toRoomId));
  }

  async removeAll(roomId: string): Promise<void> {
    this.#env.sql.transaction(() => this.#store.removeAll(roomId));
  }

  async settle(roomId: string, made: boolean): Promise<void> {
    this.#settle(roomId, made);
  }

  /** Looks whether an alias may be claimed for a new room. Throws 400 M_INVALID_PARAM and M_ROOM_IN_USE. */
  async beforeClaim(alias: string): Promise<void> {
    this.#check(alias);
    const seen = this.#store.get(alias);
    if (seen && seen.claimed_at !== null) await this.#look(seen);
    if (this.#store.get(alias)) throw inUse();
  }

  /** Inside a commit. Throws 400 M_ROOM_IN_USE, 403 M_FORBIDDEN for too many. */
  claim(alias: string, roomId: string, creator: string, unlimited: boolean): void {
    if (this.#store.get(alias)) throw inUse();
    this.#demandFew(creator, unlimited);
    const now = this.#env.clock.now();
    this.#store.insert(alias, roomId, creator, now);
    this.#env.alarm.arm(now + LOOK_AFTER_MS);
  }

  /**
   * What claims are left from creations that broke off: their rooms are there, or will never be. And what aliases are gone
   * that rooms name still. Throws if a Room is away, when it has seen to all others.
   */
  async alarm(): Promise<void> {
    const [claims, drops] = [this.#store.claims(CLAIMS_AT_ONCE), this.#store.drops(CLAIMS_AT_ONCE)];
    if (claims.length === 0 && drops.length === 0) return;
    this.#env.sql.transaction(() => this.#env.alarm.arm(this.#env.clock.now() + LOOK_AFTER_MS));
    const done = await Promise.allSettled([
      ...claims.map((claim) => this.#look(claim)),
      ...drops.map((drop) => this.#dropFromRoom(drop)),
    ]);
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  }

  /** The room names the alias no more, if who removed it may say so there. Throws if the Room is away. */
  async #dropFromRoom(drop: DropRow | undefined): Promise<void> {
    if (drop === undefined) return;
    const { alias, room_id: roomId, user_id: userId, grp: group } = drop;
    await this.#env.actors.room(roomId).lifecycle.dropAlias({ userId, deviceId: undefined, group }, alias);
    this.#env.sql.transaction(() => this.#store.endDrop(alias, roomId));
  }

  async #look(claim: AliasRow): Promise<void> {
    const tooLate = isCreationOver(claim.claimed_at ?? 0, this.#env.clock.now());
    const exists = await this.#env.actors.room(claim.room_id).lifecycle.exists();
    // Asked after the time was over: a room that had not begun then never will.
    if (exists || tooLate) this.#settle(claim.room_id, exists);
  }

  #settle(roomId: string, made: boolean): void {
    this.#env.sql.transaction(() => {
      if (made) this.#store.confirm(roomId);
      else this.#store.release(roomId);
    });
  }

  #demandFew(creator: string, unlimited: boolean): void {
    const most = this.#env.settings.aliasesPerUser;
    if (!unlimited && most > 0 && this.#store.countOf(creator) >= most) throw forbidden('You have too many aliases.');
  }

  #check(alias: string): void {
    if (!isRoomAlias(alias)) throw invalidParam('This is not a room alias.');
    if (serverOf(alias) !== this.#env.settings.serverName) throw invalidParam('The alias belongs to another server.');
  }
}

function inUse(): MatrixError {
  return new MatrixError(400, 'M_ROOM_IN_USE', 'There is such a room alias already.');
}
