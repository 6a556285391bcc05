// A Matrix client as bare as can be: requests as they are, answers as they come.

/** What carries a client's requests: HTTP to a process, or the simulator's network. */
export interface Transport {
  /** Where the server is, for clients that bring their own HTTP. */
  readonly url: string;
  /** Rejects if there is no answer. */
  request(
    method: string,
    path: string,
    headers: ReadonlyMap<string, string>,
    body: string | Uint8Array | undefined,
  ): Promise<{ readonly status: number; readonly header: (name: string) => string | undefined; readonly text: string }>;
  sleep(ms: number): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  // What a test looks at in an answer is checked by its assertions.
  readonly body: Body;
}
export interface Body {
  readonly [key: string]: unknown;
  readonly errcode?: string;
}

export class Client {
  readonly server: Transport;
  userId = '';
  deviceId = '';
  token = '';
  password = '';
  #transactions = 0;

  constructor(server: Transport) {
    this.server = server;
  }

  static async register(server: Transport, localpart: string): Promise<Client> {
    const client = new Client(server);
    client.password = `the password of ${localpart}`;
    const account = { username: localpart, password: client.password };
    const asked = await client.call('POST', '/_matrix/client/v3/register', account);
    const answer = await client.ok('POST', '/_matrix/client/v3/register', {
      ...account,
      auth: { type: 'm.login.dummy', session: asked.body['session'] },
    });
    client.#is(answer.body);
    return client;
  }

  /** The same user on another device. */
  async login(deviceId?: string): Promise<Client> {
    const client = new Client(this.server);
    client.password = this.password;
    const identifier = { type: 'm.id.user', user: this.userId };
    const answer = await client.ok('POST', '/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier,
      password: this.password,
      device_id: deviceId,
    });
    client.#is(answer.body);
    return client;
  }

  #is(body: Body): void {
    this.userId = String(body['user_id']);
    this.deviceId = String(body['device_id']);
    this.token = String(body['access_token']);
  }

  /** Sends `body` as JSON, or as it is if it is text or bytes. */
  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
    const headers = new Map(this.token ? [['authorization', `Bearer ${this.token}`]] : []);
    const { status, header, text } = await this.server.request(
      method,
      path,
      headers,
      raw ? body : JSON.stringify(body),
    );
    return { status, header, body: bodyOf(header('content-type'), text) };
  }

  async ok(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.call(method, path, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  async createRoom(request: object = {}): Promise<string> {
    return String((await this.ok('POST', '/_matrix/client/v3/createRoom', request)).body['room_id']);
  }

  async send(roomId: string, text: string, transaction = `t${this.#transactions++}`): Promise<string> {
    const answer = await this.ok('PUT', `${roomPath(roomId)}/send/m.room.message/${transaction}`, {
      msgtype: 'm.text',
      body: text,
    });
    return String(answer.body['event_id']);
  }

  async join(roomId: string): Promise<void> {
    await this.ok('POST', `${roomPath(roomId)}/join`, {});
  }

  async invite(roomId: string, userId: string): Promise<void> {
    await this.ok('POST', `${roomPath(roomId)}/invite`, { user_id: userId });
  }

  async sync(query: Readonly<Record<string, string>> = {}): Promise<SyncAnswer> {
    return (await this.ok('GET', `/_matrix/client/v3/sync?${new URLSearchParams(query)}`))
      .body as unknown as SyncAnswer;
  }
}

/** A page's text is its `page`. */
function bodyOf(type: string | undefined, text: string): Body {
  if (type?.startsWith('text/html') === true) return { page: text };
  return text === '' ? {} : (JSON.parse(text) as Body);
}

export const roomPath = (roomId: string): string => `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;

export interface SyncEvent {
  readonly type: string;
  readonly event_id: string;
  readonly sender: string;
  readonly state_key?: string;
  readonly content: Body;
  readonly unsigned?: Body;
}

export interface SyncRoom {
  readonly timeline?: {
    readonly events: readonly SyncEvent[];
    readonly limited?: boolean;
    readonly prev_batch?: string;
  };
  readonly state?: { readonly events: readonly SyncEvent[] };
  readonly invite_state?: { readonly events: readonly SyncEvent[] };
  readonly ephemeral?: { readonly events: readonly SyncEvent[] };
  readonly account_data?: { readonly events: readonly SyncEvent[] };
  readonly summary?: Body;
  readonly unread_notifications?: Body;
  readonly unread_thread_notifications?: Body;
}

export interface SyncAnswer {
  readonly next_batch: string;
  readonly rooms?: {
    readonly join?: Readonly<Record<string, SyncRoom>>;
    readonly invite?: Readonly<Record<string, SyncRoom>>;
    readonly leave?: Readonly<Record<string, SyncRoom>>;
  };
  readonly to_device?: { readonly events: readonly SyncEvent[] };
  readonly device_lists?: { readonly changed?: readonly string[]; readonly left?: readonly string[] };
  readonly device_one_time_keys_count?: Readonly<Record<string, number>>;
  readonly account_data?: { readonly events: readonly SyncEvent[] };
}
