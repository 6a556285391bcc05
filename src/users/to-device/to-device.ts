// Messages to devices: each delivered once, in order, and kept until the device's next sync shows that it has them.
// https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging
import { breath } from '../../ports/clock.ts';
import { limitExceeded, tooLarge } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { ClientTransaction, Requester } from '../../ports/contracts/requester.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { Positions } from '../stream/positions.ts';
import { MessageStore } from './store/messages.ts';

/** The characters of one content, as JSON: as large as an event may be. */
const CONTENT_LENGTH = 65_536;
/** What is stored in one turn: messages as they are addressed (`*` may stand for many), and the characters of their contents. */
const PIECE_MESSAGES = 100;
const PIECE_LENGTH = 100_000;
/** The characters of the messages that one answer holds; the first is told whatever its size. */
const ANSWER_LENGTH = 500_000;
/** A device's transactions that are remembered (a large request counts for several), and after how many new ones that is seen to. */
const TRANSACTIONS_KEPT = 2000;
const PRUNE_EVERY = 256;

/** Messages of one sender that wait for one device; the oldest go first. */
const FROM_ONE_MAX = 5000;
/** What waits for one device of all senders: from here on who has more than a few messages there sends it no more. */
const FULL = { count: 20_000, length: 64 * 1024 * 1024 };
const FEW = 100;
/** And from here on nobody does. */
const FULL_FOR_ALL = { count: 2 * FULL.count, length: 2 * FULL.length };
/** When it is worth asking again: the device has to come back first. */
const FULL_MS = 60_000;

/** What to-device messages need of the rest of the Users object. */
export interface ToDeviceNeighbours {
  readonly positions: Pick<Positions, 'prepare' | 'take'>;
  /** Ids of a user's devices. */
  deviceIdsOf(userId: string): readonly string[];
}

/** Messages, and the characters of them. */
interface Amount {
  readonly count: number;
  readonly length: number;
}

interface Message {
  readonly userId: string;
  readonly deviceId: string;
  readonly content: JsonObject;
}

export class ToDevice {
  readonly #env: ObjectEnv;
  readonly #neighbours: ToDeviceNeighbours;
  readonly #store: MessageStore;
  /** By `user device`, once asked for: the position of the last message, 0 without any; so a sync needs no query. */
  readonly #last = new Map<string, number>();
  /** Likewise, how much waits, or more: what a transaction that was undone has counted stays counted. */
  readonly #waiting = new Map<string, Amount>();
  /** By `user device`: the number of the last transaction. */
  readonly #noted = new Map<string, number>();

  constructor(env: ObjectEnv, neighbours: ToDeviceNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
    this.#store = new MessageStore(env.sql, env.owner);
  }

  /**
   * Stores messages; `*` is every device that the user has now; unknown devices are left out. Many are stored in pieces, each in a
   * commit of its own that notes it: a request that is repeated after a crash stores what is missing, in order. Throws 429
   * M_LIMIT_EXCEEDED, and stores nothing, if too much waits for one of the devices: nothing that was taken is dropped for it.
   */
  async send(by: Requester, named: ClientTransaction, type: string, messages: readonly Message[]): Promise<void> {
    const transaction = ofDevice(by, named);
    if (messages.some(({ content }) => JSON.stringify(content).length > CONTENT_LENGTH))
      throw tooLarge('A message is too large');
    if (this.#isNoted(by, transaction)) return;
    for (const message of messages)
      for (const deviceId of this.#devicesOf(message)) this.#demandPlace(message.userId, deviceId, by.userId);
    const pieces = inPieces(messages);
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await breath(this.#env.clock);
      const isLast = index === pieces.length - 1;
      const part = { scope: `${transaction.scope}\n${index}`, id: transaction.id };
      const stored = this.#keep(by, type, piece, isLast ? transaction : part);
      for (const { userId, deviceId, pos } of stored) this.#last.set(mailbox(userId, deviceId), pos);
      this.ring(stored.map(({ userId }) => userId));
    }
  }

  /** Whether a device has messages after a position. */
  hasAfter(by: Requester, pos: number): boolean {
    return by.deviceId !== undefined && this.#lastOf(by.userId, by.deviceId) > pos;
  }

  /** Messages after a position, in order, and the position of the last of them; fewer than there are if more than `limit`. */
  after(
    by: Requester,
    pos: number,
    limit: number,
  ): { readonly messages: readonly JsonObject[]; readonly last: number | undefined; readonly more: boolean } {
    if (by.deviceId === undefined || !this.hasAfter(by, pos)) return { messages: [], last: undefined, more: false };
    const rows = this.#store.after(by.userId, by.deviceId, pos, limit + 1);
    const shown = rows.slice(0, fitting(rows.slice(0, limit)));
    return {
      messages: shown.map((row) => JSON.parse(row.message) as JsonObject),
      last: shown.at(-1)?.pos,
      more: rows.length > shown.length,
    };
  }

  /** The device has everything up to a position: its next sync said so. */
  acknowledge(by: Requester, pos: number): void {
    const { deviceId } = by;
    if (deviceId === undefined || pos <= 0 || this.#lastOf(by.userId, deviceId) === 0) return;
    this.#env.sql.transaction(() => {
      this.#store.deleteUpTo(by.userId, deviceId, pos);
    });
    const box = mailbox(by.userId, deviceId);
    this.#waiting.delete(box);
    if (this.#lastOf(by.userId, deviceId) > pos) return;
    this.#last.set(box, 0);
    this.#waiting.set(box, { count: 0, length: 0 });
  }

  /** Forgets a device's messages, inside the transaction that deletes it; `forget` follows after the commit. */
  removeDevice(userId: string, deviceId: string): void {
    this.#store.removeDevice(userId, deviceId);
  }

  forget(userId: string, deviceId: string): void {
    this.#last.delete(mailbox(userId, deviceId));
    this.#waiting.delete(mailbox(userId, deviceId));
    this.#noted.delete(mailbox(userId, deviceId));
  }

  ring(userIds: readonly string[]): void {
    if (userIds.length > 0) this.#env.bell.ring([...new Set(userIds)]);
  }

  #lastOf(userId: string, deviceId: string): number {
    const key = mailbox(userId, deviceId);
    let last = this.#last.get(key);
    if (last === undefined) this.#last.set(key, (last = this.#store.lastPosition(userId, deviceId)));
    return last;
  }

  /** One piece in one commit; nothing if it is noted as stored already. */
  #keep(
    by: Requester,
    type: string,
    piece: readonly Message[],
    noted: ClientTransaction,
  ): readonly { readonly userId: string; readonly deviceId: string; readonly pos: number }[] {
    const addressed = piece.map((message) => ({ ...message, deviceIds: this.#devicesOf(message) }));
    this.#neighbours.positions.prepare(addressed.reduce((sum, { deviceIds }) => sum + deviceIds.length, 1));
    return this.#env.sql.transaction(() => {
      if (!this.#note(by, noted)) return [];
      return addressed.flatMap(({ userId, deviceIds, content }) => {
        const message = JSON.stringify({ type, sender: by.userId, content });
        return deviceIds.map((deviceId) => {
          const pos = this.#neighbours.positions.take();
          this.#makeRoom(userId, deviceId, by.userId, message.length);
          this.#store.insert(userId, deviceId, pos, by.userId, message);
          return { userId, deviceId, pos };
        });
      });
    });
  }

  #demandPlace(userId: string, deviceId: string, sender: string): void {
    const waiting = this.#waitingFor(userId, deviceId);
    if (!exceeds(waiting, FULL)) return;
    if (exceeds(waiting, FULL_FOR_ALL) || this.#store.countFrom(userId, deviceId, sender) >= FEW)
      throw limitExceeded(FULL_MS);
  }

  #waitingFor(userId: string, deviceId: string): Amount {
    const box = mailbox(userId, deviceId);
    let waiting = this.#waiting.get(box);
    if (waiting === undefined) this.#waiting.set(box, (waiting = this.#store.waiting(userId, deviceId)));
    return waiting;
  }

  /**
   * Before a message is stored: who sends more than a device that is away can be expected to want crowds out only what they
   * sent it before.
   */
  #makeRoom(userId: string, deviceId: string, sender: string, length: number): void {
    const waiting = this.#waitingFor(userId, deviceId);
    const dropped =
      waiting.count >= FROM_ONE_MAX ? this.#store.dropOldest(userId, deviceId, sender, FROM_ONE_MAX - 1) : 0;
    const before = dropped === 0 ? waiting : this.#store.waiting(userId, deviceId);
    this.#waiting.set(mailbox(userId, deviceId), { count: before.count + 1, length: before.length + length });
  }

  #isNoted(by: Requester, { scope, id }: ClientTransaction): boolean {
    return this.#store.hasTransaction(by.userId, by.deviceId ?? '', scope, id);
  }

  /** False if it was noted before. */
  #note({ userId, deviceId = '' }: Requester, { scope, id }: ClientTransaction): boolean {
    const box = mailbox(userId, deviceId);
    const number = (this.#noted.get(box) ?? this.#store.lastTransaction(userId, deviceId)) + 1;
    // Should it be undone, a number is left out.
    this.#noted.set(box, number);
    if (number % PRUNE_EVERY === 0) this.#store.forgetTransactions(userId, deviceId, number - TRANSACTIONS_KEPT);
    return this.#store.noteTransaction(userId, deviceId, scope, id, number);
  }

  /** The devices that a message is for; unknown ones are left out. */
  #devicesOf({ userId, deviceId }: Message): readonly string[] {
    const devices = this.#neighbours.deviceIdsOf(userId);
    return deviceId === '*' ? devices : devices.filter((id) => id === deviceId);
  }
}

function inPieces(messages: readonly Message[]): readonly (readonly Message[])[] {
  const pieces: Message[][] = [[]];
  let length = 0;
  for (const message of messages) {
    const more = JSON.stringify(message.content).length;
    if (pieces.at(-1)!.length >= PIECE_MESSAGES || (length > 0 && length + more > PIECE_LENGTH)) {
      pieces.push([]);
      length = 0;
    }
    pieces.at(-1)!.push(message);
    length += more;
  }
  return pieces;
}

/** How many of these messages one answer holds. */
function fitting(rows: readonly { readonly message: string }[]): number {
  let length = 0;
  const first = rows.findIndex(({ message }, index) => (length += message.length) > ANSWER_LENGTH && index > 0);
  return first === -1 ? rows.length : first;
}

/** User ids hold no space, so the two cannot run together. */
function mailbox(userId: string, deviceId: string): string {
  return `${userId} ${deviceId}`;
}

/** A device that was deleted and made again under its id is another, of which other groups hear nothing. */
function ofDevice({ deviceBorn = 0 }: Requester, { scope, id }: ClientTransaction): ClientTransaction {
  return deviceBorn === 0 ? { scope, id } : { scope: `${scope}\n@${deviceBorn}`, id };
}

function exceeds(waiting: Amount, bound: Amount): boolean {
  return waiting.count >= bound.count || waiting.length >= bound.length;
}
