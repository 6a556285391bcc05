// Profiles, and how a change of one reaches the user's rooms: noted in the same commit, carried out after it.
// https://spec.matrix.org/v1.19/client-server-api/#profiles
import type { Profile } from '../../ports/contracts/room.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { MatrixError } from '../../spec/errors.ts';
import { utf8Length } from '../../spec/canonical-json.ts';
import type { Json, JsonObject } from '../../spec/json.ts';
import { ProfileStore } from './store/profiles.ts';

const KEY_BYTES = 255;
const PROFILE_BYTES = 65_536;
/** When the alarm looks for errands that a crash has left. */
const ERRANDS_AGAIN_MS = 30_000;

export class Profiles {
  readonly #env: ObjectEnv;
  readonly #store: ProfileStore;
  readonly #joinedRooms: (userId: string) => readonly string[];
  #running: Promise<void> | undefined;

  constructor(env: ObjectEnv, joinedRooms: (userId: string) => readonly string[]) {
    this.#env = env;
    this.#store = new ProfileStore(env.sql, env.owner);
    this.#joinedRooms = joinedRooms;
  }

  get(userId: string): JsonObject {
    return Object.fromEntries(this.#store.fields(userId).map((row) => [row.key, JSON.parse(row.value) as Json]));
  }

  ofMember(userId: string): Profile {
    const fields = this.get(userId);
    const text = (key: string): string | undefined => (typeof fields[key] === 'string' ? fields[key] : undefined);
    return { displayName: text('displayname'), avatarUrl: text('avatar_url') };
  }

  set(userId: string, key: string, value: Json | undefined): void {
    const inRooms = key === 'displayname' || key === 'avatar_url';
    this.#env.sql.transaction(() => {
      this.#write(userId, key, value);
      if (!inRooms) return;
      const rooms = this.#joinedRooms(userId);
      for (const roomId of rooms) this.#store.addErrand(userId, roomId);
      if (rooms.length > 0) this.#env.alarm.arm(this.#env.clock.now() + ERRANDS_AGAIN_MS);
    });
    if (inRooms) void this.runErrands();
  }

  /** Forgets a profile and what rooms have yet to hear of it, inside a transaction. */
  removeUser(userId: string): void {
    this.#store.removeUser(userId);
  }

  /** Tells the rooms that have yet to hear; one run at a time. Never throws: what fails stays noted. */
  runErrands(): Promise<void> {
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
    if (this.#store.errands().length > 0) this.#env.alarm.arm(this.#env.clock.now() + ERRANDS_AGAIN_MS);
  }

  async #run(): Promise<void> {
    for (const { user_id: userId, room_id: roomId } of this.#store.errands()) {
      try {
        const told = this.ofMember(userId);
        await this.#env.actors.room(roomId).writing.profileChanged(userId, told);
        const now = this.ofMember(userId);
        // A change that came meanwhile keeps the errand.
        if (told.displayName === now.displayName && told.avatarUrl === now.avatarUrl) {
          this.#env.sql.transaction(() => {
            this.#store.endErrand(userId, roomId);
          });
        }
      } catch (error) {
        this.#env.log.warn('a room could not be told of a profile', { error: String(error) });
      }
    }
  }

  #write(userId: string, key: string, value: Json | undefined): void {
    if (utf8Length(key) > KEY_BYTES)
      throw new MatrixError(400, 'M_KEY_TOO_LARGE', `A profile field's name has at most ${KEY_BYTES} bytes.`);
    if (value === undefined) {
      this.#store.delete(userId, key);
      return;
    }
    this.#store.put(userId, key, JSON.stringify(value));
    if (utf8Length(JSON.stringify(this.get(userId))) > PROFILE_BYTES) {
      throw new MatrixError(400, 'M_PROFILE_TOO_LARGE', `A profile has at most ${PROFILE_BYTES} bytes.`);
    }
  }
}
