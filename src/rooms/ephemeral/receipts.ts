// Receipts: stored, never moved backwards, and told of at most once a second.
// https://spec.matrix.org/v1.19/client-server-api/#receipts
import type { Requester } from '../../ports/contracts/requester.ts';
import { forbidden, invalidParam, notFound } from '../../spec/errors.ts';
import { Change } from '../change.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { isOfThread } from '../relations/thread.ts';
import type { RoomData } from '../room-data.ts';
import { View } from '../visibility.ts';

const TELL_EVERY_MS = 1000;
/** Threads in which one user's receipts are kept: whoever comes into the room is told all of them. */
const THREADS_KEPT = 1000;

export interface NewReceipt {
  readonly type: 'm.read' | 'm.read.private';
  readonly eventId: string;
  readonly threadId: string | undefined;
}

export class Receipts {
  readonly #data: RoomData;
  readonly #delivery: Delivery;
  #toldAt = -Infinity;
  #telling = false;
  /** Up to where this instance has told every group. */
  #told = 0;

  constructor(data: RoomData, delivery: Delivery) {
    this.#data = data;
    this.#delivery = delivery;
  }

  /**
   * Throws 403 M_FORBIDDEN if the user is not joined, 404 M_NOT_FOUND if the event is not one that the user can see, and
   * 400 M_INVALID_PARAM if it has nothing to do with the thread. Answers once the user's unread counts know of it.
   */
  async store(by: Requester, receipt: NewReceipt): Promise<void> {
    const data = this.#data;
    if (data.begun === undefined || data.members.get(by.userId)?.membership !== 'join') {
      throw forbidden('You are not in this room.');
    }
    const event = data.byId(receipt.eventId);
    if (event === undefined || !new View(data, by.userId).sees(event)) throw notFound('No such event.');
    if (receipt.threadId !== undefined && !isOfThread(data, event.pdu, receipt.threadId))
      throw invalidParam('The event is not in that thread.');
    const isNew = this.#put(by, receipt, event.number);
    if (isNew && receipt.type === 'm.read') await this.#tell();
    // Also for one that is known: should the last call have ended in between, its repetition makes good for it.
    await this.#delivery.publish(by.group);
    const { push } = data.env.actors.users(by.group);
    await push.read(by.userId, data.roomId, receipt.threadId, event.roomPos ?? 0, isNew);
  }

  /** False if the user's receipt is as far already. */
  #put(by: Requester, receipt: NewReceipt, number: number): boolean {
    const data = this.#data;
    const threadId = receipt.threadId ?? '';
    const before = data.receipts.readUpTo(by.userId, receipt.type, threadId);
    if (before !== undefined && before >= number) return false;
    Change.commit(data, (change) => {
      // The timer that tells of it ends with this instance; the alarm does not.
      if (receipt.type === 'm.read') data.deliveryAlarm.arm();
      data.receipts.put({
        userId: by.userId,
        type: receipt.type,
        threadId,
        number,
        ts: data.env.clock.now(),
        receiptPos: change.nextReceiptPos(),
      });
      if (threadId !== '' && before === undefined) data.receipts.dropOldest(by.userId, receipt.type, THREADS_KEPT);
    });
    return true;
  }

  /** Tells what a timer had been set for that was lost; true if a group still lags. */
  async retry(): Promise<boolean> {
    // Of private ones nobody hears, not even that there was one.
    const last = this.#data.begun === undefined ? 0 : this.#data.receipts.lastOf('m.read');
    if (this.#told < last) await this.#tellNow();
    return this.#told < last;
  }

  async #tell(): Promise<void> {
    const { clock } = this.#data.env;
    if (this.#telling) return;
    const wait = this.#toldAt + TELL_EVERY_MS - clock.monotonic();
    if (wait <= 0) return this.#tellNow();
    this.#telling = true;
    clock.timer(wait, () => {
      this.#telling = false;
      void this.#tellNow();
    });
  }

  async #tellNow(): Promise<void> {
    const { env, roomId, begun } = this.#data;
    if (begun === undefined) return;
    this.#toldAt = env.clock.monotonic();
    const { receiptPos } = begun;
    const calls = this.#delivery
      .groups()
      .map((group) => env.actors.users(group).stream.applyReceipts(roomId, receiptPos));
    const outcomes = await Promise.allSettled(calls);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') env.log.debug('receipts were not told', { error: String(outcome.reason) });
    if (outcomes.every(({ status }) => status === 'fulfilled')) this.#told = Math.max(this.#told, receiptPos);
  }
}
