// Erased accounts: who comes into the room after the erasure sees the account's events redacted; who could see them before
// sees them as they are, and what makes the room is seen as it is by all (docs/decisions/0010-erasure-leaves-the-room.md). https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate
import type { Pdu } from '../events/pdu.ts';
import { redactedPdu } from '../events/redacted-pdu.ts';
import type { RoomData } from './room-data.ts';
import { ErasureStore } from './store/erasures.ts';
import type { StoredEvent } from './stored-event.ts';

export class Erasures {
  readonly #data: RoomData;
  readonly #store: ErasureStore;
  #known: Map<string, number> | undefined;

  constructor(data: RoomData) {
    this.#data = data;
    this.#store = new ErasureStore(data.env.sql, data.env.owner);
  }

  /** Notes that a user's account was erased; a second time changes nothing. */
  add(userId: string): void {
    this.#data.env.sql.transaction(() => {
      this.#store.put(userId, this.#data.head.roomPos);
    });
    this.forget();
  }

  /** The event as somebody sees it who is no witness: `isWitness` tells, given the position at which its sender was erased. */
  shown(event: StoredEvent, isWitness: (erasedAt: number) => boolean): Pdu {
    const erasedAt = this.#all.get(event.pdu.sender);
    if (erasedAt === undefined || event.roomPos === undefined || event.roomPos > erasedAt) return event.pdu;
    if (event.redactedBy !== undefined || isOfTheRoom(event.pdu) || isWitness(erasedAt)) return event.pdu;
    return redactedPdu(event.pdu, this.#data.version);
  }

  forget(): void {
    this.#known = undefined;
  }

  get #all(): ReadonlyMap<string, number> {
    this.#known ??= this.#store.all();
    return this.#known;
  }
}

/** State that is not about its sender: without it the room would have no name, or seem not to be encrypted. */
function isOfTheRoom({ sender, stateKey }: Pdu): boolean {
  return stateKey !== undefined && !stateKey.includes(sender);
}
