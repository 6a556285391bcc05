// The one room in which a user gets server notices. Its create event is kept until the room has begun, so that everybody who is
// about to make the room makes the same one, also after a crash.
// https://spec.matrix.org/v1.19/client-server-api/#server-notices
import { isCreationOver } from '../ports/contracts/home.ts';
import type { ObjectEnv } from '../ports/object-env.ts';
import type { JsonObject } from '../spec/json.ts';
import type { CreationRequest, Creations, DraftedCreation } from './creations.ts';
import { NoticeRoomStore } from './store/notice-rooms.ts';

export class NoticeRooms {
  readonly #env: ObjectEnv;
  readonly #creations: Creations;
  readonly #store: NoticeRoomStore;

  constructor(env: ObjectEnv, creations: Creations) {
    this.#env = env;
    this.#creations = creations;
    this.#store = new NoticeRoomStore(env.sql, env.owner);
  }

  /** `pdu` is there for a room that has not begun, as far as is known. */
  async of(
    userId: string,
    request: CreationRequest,
  ): Promise<{ readonly roomId: string; readonly pdu: JsonObject | undefined }> {
    await this.#look(userId);
    return this.#env.sql.transaction(() => {
      const row = this.#store.get(userId);
      if (row) return { roomId: row.room_id, pdu: row.pdu === null ? undefined : (JSON.parse(row.pdu) as JsonObject) };
      const drafted: DraftedCreation = this.#creations.make(request);
      this.#store.insert(userId, drafted.roomId, JSON.stringify(drafted.pdu), this.#env.clock.now());
      return drafted;
    });
  }

  async #look(userId: string): Promise<void> {
    const row = this.#store.get(userId);
    if (!row || row.drafted_at === null) return;
    const tooLate = isCreationOver(row.drafted_at, this.#env.clock.now());
    const exists = await this.#env.actors.room(row.room_id).lifecycle.exists();
    this.#env.sql.transaction(() => {
      if (exists) this.#store.confirm(userId, row.room_id);
      // Asked after the time was over: a room that had not begun then never will.
      else if (tooLate) this.#store.release(userId, row.room_id);
    });
  }
}
