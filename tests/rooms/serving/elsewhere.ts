// Another server that takes part in a room of ours: events that it made and signed, let in through the checks.
import { authEventsFor } from '../../../src/authorization/selection.ts';
import { buildEvent } from '../../../src/events/build-event.ts';
import { signerFromSeed } from '../../../src/events/signing-key.ts';
import { Change } from '../../../src/rooms/change.ts';
import { receive } from '../../../src/rooms/receipt/receipt.ts';
import { RoomData } from '../../../src/rooms/room-data.ts';
import type { StoredEvent } from '../../../src/rooms/stored-event.ts';
import type { JsonObject } from '../../../src/spec/json.ts';
import type { TestRoom } from '../world.ts';

interface Said {
  readonly type: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
}

/** `@eve:evil.test`, or another of the same server. */
export class Elsewhere {
  readonly server = 'evil.test';
  readonly userId: string;
  readonly #signer = signerFromSeed('evil.test', 'ed25519:e', new Uint8Array(32).fill(5));
  readonly #room: TestRoom;

  constructor(room: TestRoom, userId = '@eve:evil.test') {
    this.#room = room;
    this.userId = userId;
  }

  /** The room's tables as they are now; after a write through them the living room must wake anew. */
  get data(): RoomData {
    return new RoomData(this.#room.world.env(this.#room.id));
  }

  /** Lets an event in at the end of the room, or after `prevEvents`. */
  say(said: Said, prevEvents?: readonly string[]): StoredEvent {
    const { data } = this;
    const { head, version } = data;
    const wish = { ...said, stateKey: said.stateKey, sender: this.userId };
    const root = prevEvents === undefined ? head.root : (data.byId(prevEvents[0] ?? '')?.rootAfter ?? head.root);
    const pdu = buildEvent(
      {
        ...wish,
        roomId: data.roomId,
        prevEvents: prevEvents ?? head.extremities.flatMap((number) => data.byNumber(number)?.pdu.eventId ?? []),
        authEvents: authEventsFor(wish, version).flatMap(
          ({ type, stateKey }) => data.stateEvent(root, type, stateKey)?.pdu.eventId ?? [],
        ),
        depth: head.depth + 1,
        originServerTs: data.env.clock.now(),
      },
      version,
      this.#signer,
    );
    const keys = new Map([[this.#signer.keyId, this.#signer.publicKey]]);
    const keysOf = (name: string): typeof keys | undefined => (name === this.server ? keys : undefined);
    const candidate = { pdu, signatures: 'unverified', transaction: undefined } as const;
    const { result } = Change.commit(data, (change) => receive(change, candidate, keysOf));
    this.#room.world.restart();
    if ('outcome' in result) throw new Error(`dropped: ${result.reason}`);
    return result;
  }

  member(membership: 'join' | 'leave' | 'knock'): StoredEvent {
    return this.say({ type: 'm.room.member', stateKey: this.userId, content: { membership } });
  }

  message(body: string): StoredEvent {
    return this.say({ type: 'm.room.message', content: { msgtype: 'm.text', body } });
  }
}
