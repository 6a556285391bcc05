// What does not last: typing notices, and receipts as they come.
import type { Requester } from '../../ports/contracts/requester.ts';
import type { RoomEphemeral } from '../../ports/contracts/room.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { RoomData } from '../room-data.ts';
import { Receipts, type NewReceipt } from './receipts.ts';
import { Typing } from './typing.ts';

export class Ephemeral implements RoomEphemeral {
  readonly #typing: Typing;
  readonly #receipts: Receipts;

  constructor(data: RoomData, delivery: Delivery) {
    this.#typing = new Typing(data, delivery);
    this.#receipts = new Receipts(data, delivery);
  }

  async typing(by: Requester, timeoutMs: number): Promise<void> {
    return this.#typing.notice(by, timeoutMs);
  }

  async receipt(by: Requester, receipt: NewReceipt): Promise<void> {
    return this.#receipts.store(by, receipt);
  }

  /** The alarm has come: tells receipts that were not told; true if a group still lags. */
  async retry(): Promise<boolean> {
    return this.#receipts.retry();
  }

  /** A user who has said something, or has left, types no more. */
  stopTyping(userId: string): void {
    this.#typing.stopAndTell(userId);
  }
}
