// The room's index of auth chains: every state event enters it in the commit that stores it.
import { AuthChains } from '../state/auth-chains/auth-chains.ts';
import type { RoomData } from './room-data.ts';
import { AuthChainRows } from './store/auth-chains.ts';
import type { StoredEvent } from './stored-event.ts';

/** Events of a room without an index that one change catches up on: a few milliseconds. */
const PIECE = 200;

export class AuthIndex {
  readonly #data: RoomData;
  readonly #rows: AuthChainRows;
  readonly #chains: AuthChains;

  constructor(data: RoomData) {
    this.#data = data;
    this.#rows = new AuthChainRows(data.env.sql, data.env.owner);
    this.#chains = new AuthChains(this.#rows, data.states.map);
  }

  /**
   * Indexes a state event that has just been stored, whatever the verdict on it, if all events are indexed that it names in
   * auth_events: if one of them is not here, the event was rejected. In a transaction.
   */
  add(event: StoredEvent): void {
    if (event.pdu.stateKey === undefined) return;
    if (this.#rows.backlog === undefined) this.#index(event);
    else this.#catchUp(event.number + 1);
  }

  /**
   * The index with all of the room's events in it. In a transaction: a room that was begun before there was one gets it now.
   *
   * @param eventCount how many events there are, those of the transaction counted
   */
  whole(eventCount: number): AuthChains {
    while (this.#rows.backlog !== undefined) this.#catchUp(eventCount);
    return this.#chains;
  }

  forget(): void {
    this.#rows.forget();
    this.#chains.forget();
  }

  #catchUp(eventCount: number): void {
    const from = this.#rows.backlog ?? eventCount;
    const to = Math.min(from + PIECE, eventCount);
    for (const event of this.#data.many(Array.from({ length: to - from }, (_, index) => from + index)))
      if (event.pdu.stateKey !== undefined) this.#index(event);
    this.#rows.setBacklog(to < eventCount ? to : undefined);
  }

  #index({ number, pdu }: StoredEvent): void {
    const auth: number[] = [];
    let sameKey: number | undefined;
    for (const id of pdu.authEvents) {
      const cited = this.#data.byId(id);
      if (cited === undefined) return;
      auth.push(cited.number);
      if (cited.pdu.type === pdu.type && cited.pdu.stateKey === pdu.stateKey) sameKey = cited.number;
    }
    this.#chains.add(number, auth, sameKey);
  }
}
