// Create events: the first event of a room, which names it. https://spec.matrix.org/v1.19/client-server-api/#creation
import { eventIdOf, newEventId } from '../events/event-id.ts';
import { roomVersion } from '../events/room-versions.ts';
import { hashAndSignEvent } from '../events/sign-event.ts';
import { signerFromSeed, type Signer } from '../events/signing-key.ts';
import type { ObjectEnv } from '../ports/object-env.ts';
import { forbidden, unsupportedRoomVersion } from '../spec/errors.ts';
import { roomIdOfCreate } from '../spec/identifiers/room-id.ts';
import type { JsonObject } from '../spec/json.ts';
import type { Aliases } from './aliases.ts';
import { randomText } from './random-text.ts';
import type { SigningKeys } from './signing-keys.ts';
import { CreationStore } from './store/creations.ts';

const ROOM_ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export interface CreationRequest {
  readonly sender: string;
  readonly roomVersion: string;
  readonly content: JsonObject;
  /** To be the room's from its beginning. */
  readonly alias?: string;
  /** Whether the sender may have any number of rooms and aliases. */
  readonly unlimited?: boolean;
}

export interface DraftedCreation {
  readonly roomId: string;
  readonly pdu: JsonObject;
}

export class Creations {
  readonly #env: ObjectEnv;
  readonly #keys: SigningKeys;
  readonly #aliases: Aliases;
  readonly #store: CreationStore;
  #signer: Signer | undefined;
  #lastTimestamp = 0;

  constructor(env: ObjectEnv, keys: SigningKeys, aliases: Aliases) {
    this.#env = env;
    this.#keys = keys;
    this.#aliases = aliases;
    this.#store = new CreationStore(env.sql, env.owner);
  }

  async draft(request: CreationRequest): Promise<DraftedCreation> {
    const { alias, sender, unlimited = false } = request;
    if (alias !== undefined) await this.#aliases.beforeClaim(alias);
    const drafted = this.make(request);
    this.#env.sql.transaction(() => {
      const most = this.#env.settings.roomsPerUser;
      if (!unlimited && most > 0 && this.#store.count(sender) >= most) throw forbidden('You have made too many rooms.');
      this.#store.add(sender, 1);
      if (alias !== undefined) this.#aliases.claim(alias, drafted.roomId, sender, unlimited);
    });
    return drafted;
  }

  /** The room was refused: it does not count. */
  refused(sender: string): void {
    this.#env.sql.transaction(() => this.#store.add(sender, -1));
  }

  /** Throws 400 M_UNSUPPORTED_ROOM_VERSION. */
  make(request: CreationRequest): DraftedCreation {
    const version = roomVersion(request.roomVersion);
    if (!version) throw unsupportedRoomVersion(request.roomVersion);
    const given = version.roomIdIsCreateHash
      ? undefined
      : `!${randomText(this.#env.random, ROOM_ID_CHARACTERS, 18)}:${this.#env.settings.serverName}`;
    const draft: JsonObject = {
      type: 'm.room.create',
      state_key: '',
      sender: request.sender,
      content: {
        ...request.content,
        room_version: version.id,
        ...(version.creatorIsSender ? {} : { creator: request.sender }),
      },
      origin_server_ts: this.#timestamp(),
      depth: 1,
      prev_events: [],
      auth_events: [],
      ...(given === undefined ? {} : { room_id: given }),
      ...(version.eventId === 'carried'
        ? { event_id: newEventId(this.#env.random.bytes(18), this.#env.settings.serverName) }
        : {}),
    };
    const pdu = hashAndSignEvent(draft, version, this.#sign());
    return { roomId: given ?? roomIdOfCreate(eventIdOf(pdu, version)), pdu };
  }

  /** Two rooms of one creator with the same content would have the same id if they had the same time. */
  #timestamp(): number {
    this.#lastTimestamp = Math.max(this.#env.clock.now(), this.#lastTimestamp + 1);
    return this.#lastTimestamp;
  }

  #sign(): Signer {
    if (!this.#signer) {
      const { keyId, seed } = this.#keys.current();
      this.#signer = signerFromSeed(this.#env.settings.serverName, keyId, seed);
    }
    return this.#signer;
  }
}
