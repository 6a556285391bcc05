// A user with one device: asks over a network that fails, repeats what may be repeated, and keeps a replica of its rooms.
import { type Answer, Client, roomPath, type SyncAnswer, type SyncEvent } from '../../black-box/client.ts';
import { applied, NOTHING, type Replica } from '../sync/replica.ts';
import type { Record } from './record.ts';
import type { SimulatedServer } from './server.ts';

const AGAIN_MS = 300;
/** A request that is repeated so often and never answered is stuck. */
const TRIES_MAX = 400;
const ASKED_MAX = 8;
const PAGES_MAX = 30;

export class User {
  readonly client: Client;
  readonly server: SimulatedServer;
  readonly record: Record;
  replica: Replica = NOTHING;
  /** Own events that were answered; `isSaid`: messages and topics. */
  readonly own: { readonly roomId: string; readonly eventId: string; readonly isSaid: boolean }[] = [];
  #since: string | undefined;
  #tail: Promise<void> = Promise.resolve();
  #transactions = 0;

  constructor(client: Client, server: SimulatedServer, record: Record) {
    this.client = client;
    this.server = server;
    this.record = record;
  }

  get id(): string {
    return this.client.userId;
  }

  /** Does something after what it has been told to do before. */
  queue(what: () => Promise<void>): void {
    this.#tail = this.#tail.then(what).catch((error: unknown) => this.record.complain(`${this.id}: ${String(error)}`));
  }

  idle(): Promise<void> {
    return this.#tail;
  }

  transaction(): string {
    return `t${this.#transactions++}`;
  }

  /** Asks for what depends on other servers: in the end their failure is an answer. */
  async ask(method: string, path: string, body?: unknown): Promise<number> {
    for (let tries = 0; tries < ASKED_MAX; tries++) {
      const answer = await this.client.call(method, path, body).catch(() => undefined);
      if (answer && answer.status < 500) return answer.status;
      await this.client.server.sleep(AGAIN_MS * (tries + 1));
    }
    return 0;
  }

  /** Asks until there is an answer that is no failure of the server. */
  async insist(method: string, path: string, body?: unknown): Promise<Answer> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const answer = await this.client.call(method, path, body).catch(() => undefined);
      if (answer && answer.status < 500) return answer;
      await this.client.server.sleep(AGAIN_MS + tries * 10);
    }
    throw new Error(`V4: ${method} ${path.slice(0, 90)} never was answered`);
  }

  /** Writes something that is answered with an event id, or refused. */
  async write(roomId: string, path: string, body: object, transaction?: string): Promise<string | undefined> {
    const { status, body: answer } = await this.insist('PUT', `${roomPath(roomId)}${path}`, body);
    if (status !== 200) {
      this.record.marks.note('a client was refused');
      return undefined;
    }
    const eventId = String(answer['event_id']);
    this.record.acked.push({
      server: this.server.name,
      userId: this.id,
      roomId,
      eventId,
      ...(transaction === undefined ? {} : { transaction }),
    });
    this.own.push({ roomId, eventId, isSaid: /^\/send|topic/.test(path) });
    return eventId;
  }

  async send(roomId: string, body: string, transaction = this.transaction()): Promise<string | undefined> {
    return await this.write(roomId, `/send/m.room.message/${transaction}`, { msgtype: 'm.text', body }, transaction);
  }

  /** One /sync after the last, without waiting for news. Answers whether it brought any. */
  async sync(): Promise<boolean> {
    const query = new URLSearchParams({
      timeout: '0',
      use_state_after: 'true',
      filter: JSON.stringify({ room: { timeline: { limit: 10 } } }),
      ...(this.#since === undefined ? {} : { since: this.#since }),
    });
    const { status, body } = await this.insist('GET', `/_matrix/client/v3/sync?${query}`);
    if (status !== 200) throw new Error(`/sync was answered ${status} ${JSON.stringify(body)}`);
    const answer = body as unknown as SyncAnswer;
    this.replica = await applied(this.replica, answer, {
      userId: this.id,
      stateAfter: true,
      fullState: false,
      fill: (roomId, from, known) => this.#fill(roomId, from, known),
      told: () => undefined,
      mark: (mark) => this.record.marks.note(mark),
      complain: (wrong) => {
        // A room whose log began anew is told anew, also to who left it before.
        const left = Object.keys(answer.rooms?.leave ?? {}).some((roomId) => wrong.startsWith(roomId));
        if (!left) this.record.complain(`S5: ${this.id}: ${wrong}`);
      },
    });
    for (const section of [answer.rooms?.join ?? {}, answer.rooms?.leave ?? {}])
      for (const [roomId, room] of Object.entries(section)) {
        for (const event of room.timeline?.events ?? []) this.saw(roomId, event, 'timeline');
        const { state_after: after } = room as { readonly state_after?: { readonly events: readonly SyncEvent[] } };
        for (const event of after?.events ?? []) this.saw(roomId, event, 'state');
      }
    this.#since = answer.next_batch;
    return answer.rooms !== undefined && Object.keys(answer.rooms).length > 0;
  }

  /** The state of a room as it is now, by type and state key; undefined where it may not be seen. */
  async state(roomId: string): Promise<ReadonlyMap<string, SyncEvent> | undefined> {
    const { status, body } = await this.insist('GET', `${roomPath(roomId)}/state`);
    if (status !== 200) return undefined;
    const events = body as unknown as readonly SyncEvent[];
    for (const event of events) this.saw(roomId, event, 'state');
    return new Map(events.map((event) => [`${event.type}\0${event.state_key}`, event]));
  }

  /** The newest pages of a room, newest event first. */
  async page(roomId: string, pages = 3): Promise<readonly SyncEvent[]> {
    const events: SyncEvent[] = [];
    let from: string | undefined;
    for (let n = 0; n < pages; n++) {
      const query = new URLSearchParams({ dir: 'b', limit: '50', ...(from === undefined ? {} : { from }) });
      const { status, body } = await this.insist('GET', `${roomPath(roomId)}/messages?${query}`);
      if (status !== 200) return events;
      const chunk = body['chunk'] as readonly SyncEvent[];
      for (const event of chunk) this.saw(roomId, event, 'page');
      events.push(...chunk);
      if (typeof body['end'] !== 'string') return events;
      from = body['end'];
    }
    return events;
  }

  saw(roomId: string, event: SyncEvent, how: 'timeline' | 'state' | 'page'): void {
    const whole = event.content['body'] !== undefined || event.content['topic'] !== undefined;
    this.record.shown.push({ to: this.id, by: this.server.name, roomId, eventId: event.event_id, how, whole });
  }

  async #fill(roomId: string, start: string, known: ReadonlySet<string>): Promise<readonly SyncEvent[] | undefined> {
    const events: SyncEvent[] = [];
    let from = start;
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const query = new URLSearchParams({ dir: 'b', limit: '20', from });
      const { status, body } = await this.insist('GET', `${roomPath(roomId)}/messages?${query}`);
      if (status !== 200) return undefined;
      for (const event of body['chunk'] as readonly SyncEvent[]) {
        if (known.has(event.event_id)) return events;
        this.saw(roomId, event, 'page');
        events.push(event);
      }
      if (typeof body['end'] !== 'string') return events;
      from = body['end'];
    }
    return events;
  }
}

export async function register(server: SimulatedServer, localpart: string, record: Record): Promise<User> {
  return new User(await Client.register(server, localpart), server, record);
}
