// One device of a user: it repeats what had no answer, keeps a replica for each token it was given, follows device lists.
import {
  type Answer,
  type Body,
  type Client,
  roomPath,
  type SyncAnswer,
  type SyncEvent,
} from '../../black-box/client.ts';
import type { SyncHow, SyncWish } from './operations.ts';
import type { Record } from './record.ts';
import { applied, NOTHING, type Replica } from './replica.ts';

const AGAIN_MS = 20;
const PAGE = 4;
const PAGES_MAX = 200;

/** The device's token has ended. */
export class SignedOut extends Error {}

export class Device {
  readonly client: Client;
  readonly wish: SyncWish;
  readonly born: number;
  readonly #record: Record;
  /** The tokens that the device went on from, oldest first. */
  readonly #tokens: string[] = [];
  readonly #replicas = new Map<string, Replica>();
  readonly #tails = new Map<string, Promise<void>>();
  /** To-device messages in the order in which they came. */
  readonly received: { readonly sender: string; readonly number: number }[] = [];
  /** By user whose devices it follows: their ids, as last asked. */
  readonly tracked = new Map<string, string>();
  /** Ids of the one-time keys that were uploaded, in order. */
  readonly uploaded: string[] = [];
  /** By the key of `Record.settings`: what it was told last. */
  readonly settings = new Map<string, string>();
  lastCount: number | undefined;
  /** It is being signed out, or was. */
  leaving = false;

  constructor(client: Client, wish: SyncWish, record: Record) {
    this.client = client;
    this.wish = wish;
    this.#record = record;
    this.born = record.tick();
  }

  get name(): string {
    return `${this.client.userId.slice(1).split(':')[0]}/${this.client.deviceId}`;
  }

  /** What the device knows in the end. */
  get replica(): Replica {
    return this.#replicas.get(this.#tokens.at(-1) ?? '') ?? NOTHING;
  }

  /** Does something after what it was given before for the same lane. */
  then(lane: 'sync' | 'write', what: () => Promise<void>): void {
    const last = this.#tails.get(lane) ?? Promise.resolve();
    this.#tails.set(
      lane,
      last.then(what).catch((error: unknown) => {
        if (!(error instanceof SignedOut) || !this.leaving) this.#record.wrong.push(`${this.name}: ${String(error)}`);
      }),
    );
  }

  async done(): Promise<void> {
    await Promise.all(this.#tails.values());
  }

  /** Asks until there is an answer that is no failure of the server. */
  async insist(method: string, path: string, body?: unknown): Promise<Answer> {
    for (;;) {
      const answer = await this.once(method, path, body);
      if (answer) return answer;
      this.#record.marks.note('a request had no answer');
      await this.client.server.sleep(AGAIN_MS);
    }
  }

  /** Asks once; undefined if there is no answer, or only that the server failed. */
  async once(method: string, path: string, body?: unknown): Promise<Answer | undefined> {
    const answer = await this.client.call(method, path, body).catch(() => undefined);
    if (answer?.status === 401) throw new SignedOut(`${method} ${path}: signed out`);
    return answer && answer.status < 500 ? answer : undefined;
  }

  /** Asks for what cannot be refused. */
  async demand(method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await this.insist(method, path, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async publishKeys(): Promise<void> {
    const { userId, deviceId } = this.client;
    const key = (algorithm: string): [string, string] => [
      `${algorithm}:${deviceId}`,
      `${algorithm}${deviceId}`
        .replace(/[^A-Za-z0-9]/g, '')
        .padEnd(43, 'A')
        .slice(0, 43),
    ];
    await this.demand('POST', '/_matrix/client/v3/keys/upload', {
      device_keys: {
        user_id: userId,
        device_id: deviceId,
        algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
        keys: Object.fromEntries([key('ed25519'), key('curve25519')]),
      },
    });
  }

  async uploadOneTimeKeys(count: number): Promise<void> {
    const ids = Array.from({ length: count }, () => `signed_curve25519:${this.#record.number()}`);
    const keys = ids.map((id) => [id, { key: id.replace(/\W/g, '').padEnd(43, 'A').slice(-43), signatures: {} }]);
    this.uploaded.push(...ids);
    await this.demand('POST', '/_matrix/client/v3/keys/upload', {
      one_time_keys: Object.fromEntries(keys),
    });
  }

  async sync(how: SyncHow): Promise<boolean> {
    const old = how.back > 0 ? this.#tokens.at(-1 - how.back) : undefined;
    if (old !== undefined) {
      this.#record.marks.note('an older token was used again');
      return await this.#ask(old, how, false);
    }
    if (how.twice) this.#record.marks.note('two syncs ran at once');
    const since = this.#tokens.at(-1);
    const asks = [this.#ask(since, how, true), ...(how.twice ? [this.#ask(since, how, false)] : [])];
    const [news = false] = await Promise.all(asks);
    return news;
  }

  /** Whether the answer said anything. Only an answer that the device goes on from brings messages and device lists. */
  async #ask(since: string | undefined, how: SyncHow, goesOn: boolean): Promise<boolean> {
    const { wish, client } = this;
    const asked = this.#record.tick();
    const timeline = {
      limit: wish.limit,
      ...(wish.messagesOnly ? { types: ['m.room.message'] } : {}),
    };
    const query = new URLSearchParams({
      timeout: String(how.timeoutMs),
      filter: JSON.stringify({ room: { timeline, ...(wish.lazy ? { state: { lazy_load_members: true } } : {}) } }),
      ...(since === undefined ? {} : { since }),
      ...(how.fullState ? { full_state: 'true' } : {}),
      ...(wish.stateAfter ? { use_state_after: 'true' } : {}),
    });
    const answer = (await this.demand('GET', `/_matrix/client/v3/sync?${query}`)) as unknown as SyncAnswer;
    const before = this.#replicas.get(since ?? '') ?? NOTHING;
    const replica = await applied(before, answer, {
      userId: client.userId,
      stateAfter: wish.stateAfter,
      fullState: how.fullState,
      fill: (roomId, from, known) => this.#fill(roomId, from, known, since),
      told: (event) => this.#checkRedacted(event, asked),
      mark: (mark) => this.#record.marks.note(mark),
      complain: (wrong) => this.#record.wrong.push(`${this.name}: ${wrong}`),
    });
    if (goesOn || !this.#replicas.has(answer.next_batch)) this.#replicas.set(answer.next_batch, replica);
    // A room that fails is left out, and named in the token: what was acknowledged in it comes with one of the next answers.
    const leavesOut = owes(answer.next_batch);
    if (leavesOut) this.#record.marks.note('a room was left out');
    this.#record.snapshots.push({ device: this, replica, asked: leavesOut ? 0 : asked });
    if (!goesOn) return false;
    this.#tokens.push(answer.next_batch);
    for (const { sender, content } of answer.to_device?.events ?? [])
      this.received.push({ sender, number: Number(content['number']) });
    this.#record.marks.note('a message came to a device', answer.to_device?.events.length ?? 0);
    this.#hear(answer);
    this.lastCount = answer.device_one_time_keys_count?.['signed_curve25519'] ?? 0;
    await this.#follow(answer, since === undefined || owes(since) ? membersMet(before, replica) : []);
    return (
      Object.keys(answer.rooms ?? {}).length > 0 ||
      (answer.to_device?.events.length ?? 0) > 0 ||
      answer.device_lists !== undefined ||
      client.token === ''
    );
  }

  /** S6: once a redaction was answered, nobody is told what is gone. */
  #checkRedacted(event: SyncEvent, asked: number): void {
    const at = this.#record.redacted.get(event.event_id);
    if (at === undefined || at >= asked || event.content['body'] === undefined) return;
    this.#record.wrong.push(`S6: ${this.name} was told the content of ${event.event_id} after its redaction`);
  }

  /** Account data and receipts. */
  #hear(answer: SyncAnswer): void {
    const { userId } = this.client;
    for (const { type, content } of answer.account_data?.events ?? [])
      if (type === 'test.data') this.settings.set(`data ${userId}`, String(content['n']));
    for (const [roomId, room] of Object.entries(answer.rooms?.join ?? {})) {
      for (const { type, content } of room.account_data?.events ?? [])
        if (type === 'test.data') this.settings.set(`data ${userId} ${roomId}`, String(content['n']));
      for (const { type, content } of room.ephemeral?.events ?? []) {
        if (type !== 'm.receipt') continue;
        for (const [eventId, byType] of Object.entries(content))
          for (const reader of Object.keys((byType as { 'm.read'?: object })['m.read'] ?? {}))
            this.settings.set(`read ${reader} ${roomId}`, eventId);
      }
    }
  }

  async #fill(
    roomId: string,
    from: string,
    known: ReadonlySet<string>,
    since: string | undefined,
  ): Promise<readonly SyncEvent[] | undefined> {
    const query = new URLSearchParams({ dir: 'b', from, limit: String(PAGE) });
    if (this.wish.messagesOnly) query.set('filter', '{"types":["m.room.message"]}');
    if (this.wish.fillsTo && since !== undefined && known.size > 0) query.set('to', since);
    const events: SyncEvent[] = [];
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      if (pages === 1) this.#record.marks.note('a gap of several pages was filled');
      const answer = await this.insist('GET', `${roomPath(roomId)}/messages?${query}`);
      if (answer.status === 403) {
        this.#record.marks.note('a user was not let in');
        return undefined;
      }
      if (answer.status !== 200) throw new Error(`/messages: ${answer.status} ${JSON.stringify(answer.body)}`);
      const page = answer.body as unknown as {
        readonly chunk: readonly SyncEvent[];
        readonly end?: string;
      };
      for (const event of page.chunk) {
        if (known.has(event.event_id)) return events;
        events.push(event);
      }
      if (page.end === undefined) return events;
      query.set('from', page.end);
    }
    throw new Error(`${roomId}: /messages did not come to an end`);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#tracking-the-device-list-for-a-user */
  async #follow(answer: SyncAnswer, atFirst: readonly string[]): Promise<void> {
    for (const userId of answer.device_lists?.left ?? []) this.tracked.delete(userId);
    this.#record.marks.note('a device list was dropped', answer.device_lists?.left?.length ?? 0);
    this.#record.marks.note('a device list changed', answer.device_lists?.changed?.length ?? 0);
    const changed = [...new Set([...(answer.device_lists?.changed ?? []), ...atFirst])];
    if (changed.length === 0) return;
    const asked = { device_keys: Object.fromEntries(changed.map((userId) => [userId, []])) };
    const body = await this.demand('POST', '/_matrix/client/v3/keys/query', asked);
    const keys = body['device_keys'] as {
      readonly [userId: string]: { readonly [deviceId: string]: unknown };
    };
    for (const userId of changed)
      this.tracked.set(
        userId,
        Object.keys(keys[userId] ?? {})
          .toSorted()
          .join(' '),
      );
  }
}

function owes(token: string): boolean {
  return token.includes('~');
}

/**
 * Who is in the rooms of which the client had nothing before. Of the others `device_lists` has told already, be it that a room
 * was left out since: its members, as the client knows them, may be those who were in it before.
 */
function membersMet(before: Replica, after: Replica): string[] {
  const users = [...after.rooms]
    .filter(([roomId, room]) => room.section === 'join' && (before.rooms.get(roomId)?.state.size ?? 0) === 0)
    .flatMap(([, room]) => [...room.state.values()])
    .filter((event) => event.type === 'm.room.member' && event.content['membership'] === 'join')
    .map((event) => String(event.state_key));
  return [...new Set(users)];
}
