// A room on another server, of which ours has heard nothing: its events, made and signed there.
import { authEventsFor } from '../../../src/authorization/selection.ts';
import { buildEvent } from '../../../src/events/build-event.ts';
import type { Pdu } from '../../../src/events/pdu.ts';
import { roomVersion } from '../../../src/events/room-versions.ts';
import type { RoomVersion } from '../../../src/events/room-version.ts';
import { signerFromSeed, type Signer } from '../../../src/events/signing-key.ts';
import type { ServerKeys } from '../../../src/ports/contracts/servers-keys.ts';
import { encodeBase64 } from '../../../src/spec/base64.ts';
import type { JsonObject } from '../../../src/spec/json.ts';

export function signerOf(server: string, seed: number): Signer {
  return signerFromSeed(server, 'ed25519:e', new Uint8Array(32).fill(seed));
}

export function keysOf(...signers: Signer[]): ServerKeys[] {
  return signers.map(({ serverName, keyId, publicKey }) => ({
    serverName,
    keys: [{ keyId, key: encodeBase64(publicKey), validUntilTs: 4_000_000_000_000 }],
  }));
}

export class ForeignRoom {
  readonly version: RoomVersion;
  readonly signer = signerOf('far.test', 9);
  readonly creator = '@frank:far.test';
  readonly events: Pdu[] = [];
  readonly state = new Map<string, Pdu>();
  roomId = '!far:far.test';
  #time = 1_700_000_000_000;

  constructor(version = '11', joinRule = 'public') {
    const found = roomVersion(version);
    if (found === undefined) throw new Error('no such version');
    this.version = found;
    const creator = found.creatorIsSender ? {} : { creator: this.creator };
    const create = this.set('m.room.create', '', { room_version: version, ...creator });
    this.roomId = create.roomId;
    this.set('m.room.member', this.creator, { membership: 'join', displayname: 'Frank' });
    this.set('m.room.power_levels', '', found.privilegedCreators ? {} : { users: { [this.creator]: 100 } });
    this.set('m.room.join_rules', '', { join_rule: joinRule });
    this.set('m.room.name', '', { name: 'far away' });
  }

  get last(): Pdu | undefined {
    return this.events.at(-1);
  }

  set(type: string, stateKey: string | undefined, content: JsonObject, by = this.creator, signer = this.signer): Pdu {
    const wish = { type, stateKey, sender: by, content };
    const cited = type === 'm.room.create' ? [] : authEventsFor(wish, this.version);
    const pdu = buildEvent(
      {
        ...wish,
        roomId: this.roomId,
        prevEvents: this.last === undefined ? [] : [this.last.eventId],
        authEvents: cited.flatMap((key) => this.state.get(`${key.type} ${key.stateKey}`)?.eventId ?? []),
        depth: this.events.length + 1,
        originServerTs: (this.#time += 1000),
      },
      this.version,
      signer,
    );
    this.events.push(pdu);
    if (stateKey !== undefined) this.state.set(`${type} ${stateKey}`, pdu);
    return pdu;
  }

  /** What /make_join would answer. */
  template(userId: string, membership: string): JsonObject {
    const content = { membership };
    const wish = { type: 'm.room.member', stateKey: userId, sender: userId, content };
    return {
      type: 'm.room.member',
      room_id: this.roomId,
      sender: userId,
      state_key: userId,
      content,
      prev_events: [this.last!.eventId],
      auth_events: authEventsFor(wish, this.version).flatMap(
        (key) => this.state.get(`${key.type} ${key.stateKey}`)?.eventId ?? [],
      ),
      depth: this.events.length + 1,
      origin: 'far.test',
      origin_server_ts: 5,
    };
  }

  /** The state as texts, each after those that it names. */
  texts(): string[] {
    return this.events.filter((event) => [...this.state.values()].includes(event)).map(textOf);
  }
}

export function textOf(pdu: Pdu): string {
  return JSON.stringify(pdu.json);
}
