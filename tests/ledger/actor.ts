// One client of a run with crashes: it repeats what had no answer, as a real client does, and writes down what it was told.
import { Client, roomPath, type SyncAnswer } from '../black-box/client.ts';
import { Keeper } from './keeper.ts';
import type { Ledger } from './ledger.ts';

type Pick = (below: number) => number;

export class Actor {
  readonly client: Client;
  readonly keeper: Keeper;
  readonly #ledger: Ledger;
  readonly #roomId: string;
  readonly #pick: Pick;
  #number = 0;
  #since: string | undefined;
  #stopped = false;

  constructor(client: Client, ledger: Ledger, roomId: string, pick: Pick) {
    this.client = client;
    this.#ledger = ledger;
    this.#roomId = roomId;
    this.#pick = pick;
    ledger.seen.set(client.userId, []);
    ledger.received.set(client.userId, []);
    this.keeper = new Keeper(client, ledger, (...request) => this.#insist(...request));
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Sends, claims, uploads and keeps until stopped. */
  async act(others: readonly Actor[]): Promise<void> {
    while (!this.#stopped) {
      const other = others[this.#pick(others.length)]!;
      const choice = this.#pick(14);
      if (choice < 5) await this.#say();
      else if (choice < 7) await this.#message(other);
      else if (choice < 9) await this.#claim(other);
      else if (choice < 10) await this.#upload();
      else if (choice < 12) await this.keeper.backUp();
      else if (choice < 13) await this.keeper.replaceIdentity();
      else await this.keeper.look(other.client.userId);
    }
  }

  /** Syncs until stopped. */
  async watch(): Promise<void> {
    while (!this.#stopped) await this.sync(1000);
  }

  /** One sync; a gap in the timeline is filled by /messages before the answer counts as received. */
  async sync(timeoutMs: number): Promise<boolean> {
    const query = new URLSearchParams({ timeout: String(timeoutMs), filter: '{"room":{"timeline":{"limit":5}}}' });
    if (this.#since !== undefined) query.set('since', this.#since);
    const answer = (await this.#insist('GET', `/_matrix/client/v3/sync?${query}`)) as unknown as SyncAnswer;
    const timeline = answer.rooms?.join?.[this.#roomId]?.timeline;
    const gap = timeline?.limited && timeline.prev_batch ? await this.#gap(timeline.prev_batch) : [];
    const messages = [...gap, ...(timeline?.events ?? [])].filter((event) => event.type === 'm.room.message');
    for (const event of messages)
      this.#ledger.seen.get(this.client.userId)?.push({ eventId: event.event_id, body: String(event.content['body']) });
    for (const event of answer.to_device?.events ?? [])
      this.#ledger.received.get(this.client.userId)?.push(`${event.sender} ${String(event.content['number'])}`);
    this.#since = answer.next_batch;
    return messages.length > 0 || (answer.to_device?.events.length ?? 0) > 0;
  }

  /** Repeats an acknowledged send, as a client does whose answer was lost. */
  async repeat(transaction: string, body: string): Promise<string> {
    const answer = await this.#insist('PUT', `${roomPath(this.#roomId)}/send/m.room.message/${transaction}`, {
      msgtype: 'm.text',
      body,
    });
    return String(answer['event_id']);
  }

  /** What lies between the last sync and `prev_batch`, oldest first. */
  async #gap(from: string): Promise<SyncAnswerEvents> {
    const query = new URLSearchParams({
      dir: 'b',
      from,
      limit: '100',
      ...(this.#since === undefined ? {} : { to: this.#since }),
    });
    const events: SyncAnswerEvents = [];
    for (;;) {
      const page = (await this.#insist('GET', `${roomPath(this.#roomId)}/messages?${query}`)) as unknown as {
        chunk: SyncAnswerEvents;
        end?: string;
      };
      events.push(...page.chunk);
      if (page.end === undefined || page.chunk.length === 0) return events.reverse();
      query.set('from', page.end);
    }
  }

  async #say(): Promise<void> {
    const number = this.#number++;
    const send = {
      sender: this.client.userId,
      transaction: `s${number}`,
      body: `${this.client.userId} says ${number}`,
      answers: [] as string[],
    };
    this.#ledger.sends.push(send);
    send.answers.push(await this.repeat(send.transaction, send.body));
  }

  async #message(to: Actor): Promise<void> {
    const message = {
      sender: this.client.userId,
      recipient: to.client.userId,
      number: this.#number++,
      acknowledged: false,
    };
    this.#ledger.toDevice.push(message);
    const body = { messages: { [to.client.userId]: { '*': { number: message.number } } } };
    await this.#insist('PUT', `/_matrix/client/v3/sendToDevice/test.ledger/m${message.number}`, body);
    message.acknowledged = true;
  }

  /** Not repeated: an answer that was lost has used up a key, as it must have. */
  async #claim(from: Actor): Promise<void> {
    const body = { one_time_keys: { [from.client.userId]: { [from.client.deviceId]: 'signed_curve25519' } } };
    const answer = await this.client.call('POST', '/_matrix/client/v3/keys/claim', body).catch(() => undefined);
    if (answer?.status !== 200) return;
    const keys = answer.body['one_time_keys'] as
      | Record<string, Record<string, Record<string, { fallback?: boolean }>>>
      | undefined;
    for (const [keyId, key] of Object.entries(keys?.[from.client.userId]?.[from.client.deviceId] ?? {})) {
      this.#ledger.claims.push({
        claimant: this.client.userId,
        owner: from.client.userId,
        keyId,
        fallback: key.fallback ?? false,
      });
    }
  }

  async #upload(): Promise<void> {
    const own = (key: string): boolean => key.startsWith(`${this.client.userId} `);
    const claimed = this.#ledger.claims.filter(({ owner }) => owner === this.client.userId).length;
    // As real clients do, keep some keys there and no more: servers bound how many.
    if ([...this.#ledger.uploaded].filter(own).length - claimed > 100) return;
    const keys = Array.from({ length: 5 }, () => `signed_curve25519:${this.client.deviceId}${this.#number++}`);
    const body = {
      one_time_keys: Object.fromEntries(keys.map((id) => [id, { key: id.padEnd(43, 'A').slice(-43), signatures: {} }])),
    };
    await this.#insist('POST', '/_matrix/client/v3/keys/upload', body);
    for (const id of keys) this.#ledger.uploaded.add(`${this.client.userId} ${id}`);
  }

  /** Asks until there is an answer. Anything but 200 from a server that answers is a failure of the run. */
  async #insist(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      const answer = await this.client.call(method, path, body).catch(() => undefined);
      if (answer?.status === 200) return answer.body;
      if (answer && answer.status < 500)
        throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      this.#ledger.retries++;
      await this.client.server.sleep(20);
    }
  }
}

type SyncAnswerEvents = {
  readonly type: string;
  readonly event_id: string;
  readonly content: Readonly<Record<string, unknown>>;
}[];
