// Profiles, and how a change of one reaches the user's rooms: noted in the same commit, carried out after it.
// https://spec.matrix.org/v1.19/client-server-api/#profiles
import type { Profile } from '../../ports/contracts/room.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { MatrixError } from '../../spec/errors.ts';
import { utf8Length } from '../../spec/canonical-json.ts';
import type { Json, JsonObject } from '../../spec/json.ts';
import { type Errand, ProfileStore } from './store/profiles.ts';

const KEY_BYTES = 255;
const PROFILE_BYTES = 65_536;
/** When the alarm looks for errands that a crash has left. */
const ERRANDS_AGAIN_MS = 30_000;
/** A join that was begun before a change may say the old profile: it reaches us this much later at most. */
const JOINS_LATE_MS = 60_000;
/** So many rooms are told at once: one that is silent holds up no other. */
const AT_ONCE = 8;

/** What profiles need of the other parts. */
export interface ProfileNeighbours {
  joinedRooms(userId: string): readonly string[];
  /** What others are shown of a user has changed. */
  changed(userId: string): void;
}

export class Profiles {
  readonly #env: ObjectEnv;
  readonly #store: ProfileStore;
  readonly #neighbours: ProfileNeighbours;
  #running: Promise<void> | undefined;
  /** When each user changed what member events carry, for as long as it matters. */
  readonly #changed = new Map<string, number>();
  /** Whether there are errands that the present run may have passed by already. */
  #more = false;

  constructor(env: ObjectEnv, neighbours: ProfileNeighbours) {
    this.#env = env;
    this.#store = new ProfileStore(env.sql, env.owner);
    this.#neighbours = neighbours;
  }

  get(userId: string): JsonObject {
    return Object.fromEntries(this.#store.fields(userId).map((row) => [row.key, JSON.parse(row.value) as Json]));
  }

  ofMember(userId: string): Profile {
    const fields = this.get(userId);
    const text = (key: string): string | undefined => (typeof fields[key] === 'string' ? fields[key] : undefined);
    return { displayName: text('displayname'), avatarUrl: text('avatar_url') };
  }

  /** Inside a transaction: the name of a new account, which no room has heard of and none is being joined with. */
  begin(userId: string, displayName: string): void {
    this.#write(userId, 'displayname', displayName);
  }

  set(userId: string, key: string, value: Json | undefined): void {
    const inRooms = key === 'displayname' || key === 'avatar_url';
    this.#env.sql.transaction(() => {
      this.#write(userId, key, value);
      if (!inRooms) return;
      const rooms = this.#neighbours.joinedRooms(userId);
      for (const roomId of rooms) this.#store.addErrand(userId, roomId);
      if (rooms.length > 0) this.#env.alarm.arm(this.#env.clock.now() + ERRANDS_AGAIN_MS);
    });
    if (!inRooms) return;
    this.#changed.set(userId, this.#env.clock.monotonic());
    this.#neighbours.changed(userId);
    void this.runErrands();
  }

  /** Inside a transaction: a user has joined a room, perhaps with the profile that they had before a change. */
  joined(userId: string, roomId: string): void {
    const at = this.#changed.get(userId);
    if (at === undefined) return;
    if (this.#env.clock.monotonic() - at > JOINS_LATE_MS) {
      this.#changed.delete(userId);
      return;
    }
    this.#store.addErrand(userId, roomId);
    this.#env.alarm.arm(this.#env.clock.now() + ERRANDS_AGAIN_MS);
    queueMicrotask(() => void this.runErrands());
  }

  /** Forgets a profile and what rooms have yet to hear of it, inside a transaction. */
  removeUser(userId: string): void {
    this.#store.removeUser(userId);
  }

  /** Tells the rooms that have yet to hear; one run at a time. Never throws: what fails stays noted. */
  runErrands(): Promise<void> {
    this.#more = true;
    this.#running ??= this.#run()
      .catch((error: unknown) => {
        this.#env.log.warn('errands of profiles could not be run', { error: String(error) });
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** Arms the alarm for what is still noted. */
  comeBack(): void {
    if (this.#store.errandsAfter(undefined, 1).length > 0)
      this.#env.alarm.arm(this.#env.clock.now() + ERRANDS_AGAIN_MS);
  }

  async #run(): Promise<void> {
    while (this.#more) {
      this.#more = false;
      await Promise.all(Array.from({ length: AT_ONCE }, this.#walker()));
    }
  }

  /** Makes functions that together go through the errands once, in order. */
  #walker(): () => Promise<void> {
    let last: Errand | undefined;
    return async () => {
      for (;;) {
        const next: Errand | undefined = this.#store.errandsAfter(last, 1)[0];
        if (next === undefined) return;
        last = next;
        await this.#tell(next);
      }
    };
  }

  async #tell({ user_id: userId, room_id: roomId }: Errand): Promise<void> {
    const told = this.ofMember(userId);
    try {
      await this.#env.actors.room(roomId).writing.profileChanged(userId, told);
    } catch (error) {
      this.#env.log.warn('a room could not be told of a profile', { error: String(error) });
      // What the room refuses it will refuse for ever; what fails is tried again.
      if (!(error instanceof MatrixError) || error.status >= 500) return;
    }
    const now = this.ofMember(userId);
    // A change that came meanwhile keeps the errand.
    if (told.displayName !== now.displayName || told.avatarUrl !== now.avatarUrl) return;
    this.#env.sql.transaction(() => {
      this.#store.endErrand(userId, roomId);
    });
  }

  #write(userId: string, key: string, value: Json | undefined): void {
    if (utf8Length(key) > KEY_BYTES)
      throw new MatrixError(400, 'M_KEY_TOO_LARGE', `A profile field's name has at most ${KEY_BYTES} bytes.`);
    if (value === undefined) {
      this.#store.delete(userId, key);
      return;
    }
    this.#store.put(userId, key, JSON.stringify(value));
    if (utf8Length(JSON.stringify(this.get(userId))) >= PROFILE_BYTES) {
      throw new MatrixError(400, 'M_PROFILE_TOO_LARGE', `A profile has less than ${PROFILE_BYTES} bytes.`);
    }
  }
}
