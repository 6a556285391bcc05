// Create events: the first event of a room, which names it. https://spec.matrix.org/v1.19/client-server-api/#creation
import { eventIdOf, newEventId } from '../events/event-id.ts';
import { roomVersion } from '../events/room-versions.ts';
import { hashAndSignEvent } from '../events/sign-event.ts';
import { signerFromSeed, type Signer } from '../events/signing-key.ts';
import type { ObjectEnv } from '../ports/object-env.ts';
import { unsupportedRoomVersion } from '../spec/errors.ts';
import { roomIdOfCreate } from '../spec/identifiers/room-id.ts';
import type { JsonObject } from '../spec/json.ts';
import type { Aliases } from './aliases.ts';
import { randomText } from './random-text.ts';
import type { SigningKeys } from './signing-keys.ts';

const ROOM_ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export interface CreationRequest {
  readonly sender: string;
  readonly roomVersion: string;
  readonly content: JsonObject;
  /** To be the room's from its beginning. */
  readonly alias?: string;
}

export interface DraftedCreation {
  readonly roomId: string;
  readonly pdu: JsonObject;
}

export class Creations {
  readonly #env: ObjectEnv;
  readonly #keys: SigningKeys;
  readonly #aliases: Aliases;
  #signer: Signer | undefined;
  #lastTimestamp = 0;

  constructor(env: ObjectEnv, keys: SigningKeys, aliases: Aliases) {
    this.#env = env;
    this.#keys = keys;
    this.#aliases = aliases;
  }

  async draft(request: CreationRequest): Promise<DraftedCreation> {
    const { alias } = request;
    if (alias === undefined) return this.make(request);
    await this.#aliases.beforeClaim(alias);
    const drafted = this.make(request);
    this.#env.sql.transaction(() => {
      this.#aliases.claim(alias, drafted.roomId, request.sender);
    });
    return drafted;
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
