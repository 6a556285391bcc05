// Messages to devices: each delivered once, in order, and kept until the device's next sync shows that it has them.
// https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging
import type { JsonObject } from '../../spec/json.ts';
import type { ClientTransaction, Requester } from '../../ports/contracts/requester.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { Positions } from '../stream/positions.ts';
import { MessageStore } from './store/messages.ts';

/** What to-device messages need of the rest of the Users object. */
export interface ToDeviceNeighbours {
  readonly positions: Pick<Positions, 'prepare' | 'take'>;
  /** Ids of a user's devices. */
  deviceIdsOf(userId: string): readonly string[];
}

interface Addressed {
  readonly userId: string;
  readonly deviceIds: readonly string[];
  readonly content: JsonObject;
}

export class ToDevice {
  readonly #env: ObjectEnv;
  readonly #neighbours: ToDeviceNeighbours;
  readonly #store: MessageStore;
  /** By `user device`: the position of the last message; so a sync without any needs no query. */
  readonly #last: Map<string, number>;

  constructor(env: ObjectEnv, neighbours: ToDeviceNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
    this.#store = new MessageStore(env.sql, env.owner);
    this.#last = new Map(this.#store.lastPositions().map((row) => [mailbox(row.user_id, row.device_id), row.pos]));
  }

  /** Stores messages; `*` is every device that the user has now; unknown devices are left out. */
  send(
    by: Requester,
    transaction: ClientTransaction,
    type: string,
    messages: readonly { readonly userId: string; readonly deviceId: string; readonly content: JsonObject }[],
  ): void {
    const addressed = messages.map((message) => ({ ...message, deviceIds: this.#devicesOf(message) }));
    this.#neighbours.positions.prepare(addressed.reduce((sum, { deviceIds }) => sum + deviceIds.length, 0));
    const stored = this.#env.sql.transaction(() => {
      const fresh = this.#store.noteTransaction(
        by.userId,
        by.deviceId ?? '',
        transaction.scope,
        transaction.id,
        this.#env.clock.now(),
      );
      return fresh ? addressed.flatMap((message) => this.#keep(by.userId, type, message)) : [];
    });
    for (const { userId, deviceId, pos } of stored) this.#last.set(mailbox(userId, deviceId), pos);
    this.ring(stored.map(({ userId }) => userId));
  }

  /** Whether a device has messages after a position. */
  hasAfter(by: Requester, pos: number): boolean {
    return by.deviceId !== undefined && (this.#last.get(mailbox(by.userId, by.deviceId)) ?? 0) > pos;
  }

  /** Messages after a position, in order, and the position of the last of them; fewer than there are if more than `limit`. */
  after(
    by: Requester,
    pos: number,
    limit: number,
  ): { readonly messages: readonly JsonObject[]; readonly last: number | undefined; readonly more: boolean } {
    if (by.deviceId === undefined || !this.hasAfter(by, pos)) return { messages: [], last: undefined, more: false };
    const rows = this.#store.after(by.userId, by.deviceId, pos, limit + 1);
    const shown = rows.slice(0, limit);
    return {
      messages: shown.map((row) => JSON.parse(row.message) as JsonObject),
      last: shown.at(-1)?.pos,
      more: rows.length > limit,
    };
  }

  /** The device has everything up to a position: its next sync said so. */
  acknowledge(by: Requester, pos: number): void {
    const { deviceId } = by;
    if (deviceId === undefined || pos <= 0 || !this.#last.has(mailbox(by.userId, deviceId))) return;
    this.#env.sql.transaction(() => this.#store.deleteUpTo(by.userId, deviceId, pos));
    if ((this.#last.get(mailbox(by.userId, deviceId)) ?? 0) <= pos) this.#last.delete(mailbox(by.userId, deviceId));
  }

  /** Forgets a device's messages, inside the transaction that deletes it; `forget` follows after the commit. */
  removeDevice(userId: string, deviceId: string): void {
    this.#store.removeDevice(userId, deviceId);
  }

  forget(userId: string, deviceId: string): void {
    this.#last.delete(mailbox(userId, deviceId));
  }

  ring(userIds: readonly string[]): void {
    if (userIds.length > 0) this.#env.bell.ring([...new Set(userIds)]);
  }

  /** The devices that a message is for; unknown ones are left out. */
  #devicesOf({ userId, deviceId }: { readonly userId: string; readonly deviceId: string }): readonly string[] {
    const devices = this.#neighbours.deviceIdsOf(userId);
    return deviceId === '*' ? devices : devices.filter((id) => id === deviceId);
  }

  #keep(sender: string, type: string, { userId, deviceIds, content }: Addressed) {
    const message = JSON.stringify({ type, sender, content });
    return deviceIds.map((deviceId) => {
      const pos = this.#neighbours.positions.take();
      this.#store.insert(userId, deviceId, pos, message);
      return { userId, deviceId, pos };
    });
  }
}

/** User ids hold no space, so the two cannot run together. */
function mailbox(userId: string, deviceId: string): string {
  return `${userId} ${deviceId}`;
}
