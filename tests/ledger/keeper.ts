// What a client of a run with crashes keeps on the server besides messages: a key backup, and an identity that it replaces at times.
import { identity } from '../users/keys/keys-world.ts';
import type { Client } from '../black-box/client.ts';
import type { Ledger } from './ledger.ts';

const V3 = '/_matrix/client/v3';
const SESSIONS_AT_ONCE = 3;
const ROOMS = 4;
/** A key is made of a byte, and three belong to an identity. */
const GENERATIONS = 80;

type Insist = (method: string, path: string, body?: unknown) => Promise<Readonly<Record<string, unknown>>>;
type Keyed = Readonly<Record<string, { readonly keys: Readonly<Record<string, string>> } | undefined>>;

export class Keeper {
  readonly #client: Client;
  readonly #ledger: Ledger;
  readonly #insist: Insist;
  #version = '';
  #sessions = 0;
  #generation = 0;

  constructor(client: Client, ledger: Ledger, insist: Insist) {
    this.#client = client;
    this.#ledger = ledger;
    this.#insist = insist;
    ledger.backups.set(client.userId, { asked: new Set(), acknowledged: new Set(), answers: [], found: undefined });
    ledger.identities.set(client.userId, { asked: -1, acknowledged: -1, wrong: [] });
  }

  /** Before the crashes begin: a version that is asked for again would be another one. */
  async begin(): Promise<void> {
    const backup = { algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2', auth_data: { public_key: 'k' } };
    this.#version = String((await this.#insist('POST', `${V3}/room_keys/version`, backup))['version']);
    await this.replaceIdentity();
  }

  async backUp(): Promise<void> {
    const { asked, acknowledged, answers } = this.#ledger.backups.get(this.#client.userId)!;
    const names = Array.from({ length: SESSIONS_AT_ONCE }, () => `${this.#sessions++ % ROOMS}/${this.#sessions}`);
    const rooms = new Map<string, [string, object][]>();
    for (const name of names) {
      asked.add(name);
      const [room = '', session = ''] = name.split('/');
      const key = { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data: { name } };
      rooms.set(room, [...(rooms.get(room) ?? []), [session, key]]);
    }
    const body = {
      rooms: Object.fromEntries(
        [...rooms].map(([room, sessions]) => [`!${room}:hs1`, { sessions: Object.fromEntries(sessions) }]),
      ),
    };
    const answer = await this.#insist('PUT', `${V3}/room_keys/keys?version=${this.#version}`, body);
    answers.push({ count: Number(answer['count']), etag: String(answer['etag']) });
    for (const name of names) acknowledged.add(name);
  }

  /** With the password, as needed from the second on. */
  async replaceIdentity(): Promise<void> {
    if (this.#generation >= GENERATIONS) return;
    const known = this.#ledger.identities.get(this.#client.userId)!;
    known.asked = this.#generation++;
    const { upload } = identity(this.#client.userId, fillOf(known.asked));
    await this.#insist('POST', `${V3}/keys/device_signing/upload`, {
      master_key: upload.masterKey,
      self_signing_key: upload.selfSigningKey,
      user_signing_key: upload.userSigningKey,
      auth: {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: this.#client.userId },
        password: this.#client.password,
      },
    });
    known.acknowledged = known.asked;
  }

  /** What is seen of an identity is whole, and not from before what was acknowledged. */
  async look(userId: string): Promise<void> {
    const known = this.#ledger.identities.get(userId)!;
    const least = known.acknowledged;
    const answer = await this.#insist('POST', `${V3}/keys/query`, { device_keys: { [userId]: [] } });
    const shown = (part: string): string | undefined => {
      const key = (answer[part] as Keyed | undefined)?.[userId];
      return key && Object.values(key.keys)[0];
    };
    for (let generation = Math.max(least, 0); generation <= known.asked; generation++) {
      const { master, selfSigning } = identity(userId, fillOf(generation));
      if (shown('master_keys') === master.text && shown('self_signing_keys') === selfSigning.text) return;
    }
    known.wrong.push(`${userId} is shown with an identity that is not whole, or older than number ${least}`);
  }

  /** At the end: what is in the backup, and what the server says of it. */
  async count(): Promise<void> {
    const backup = this.#ledger.backups.get(this.#client.userId)!;
    const { rooms } = (await this.#insist('GET', `${V3}/room_keys/keys?version=${this.#version}`)) as unknown as {
      rooms: Readonly<Record<string, { readonly sessions: Readonly<Record<string, unknown>> }>>;
    };
    const names = Object.entries(rooms).flatMap(([room, { sessions }]) =>
      Object.keys(sessions).map((session) => `${room.slice(1, room.indexOf(':'))}/${session}`),
    );
    const about = await this.#insist('GET', `${V3}/room_keys/version`);
    backup.found = { names, count: Number(about['count']), etag: String(about['etag']) };
  }
}

function fillOf(generation: number): number {
  return 3 * generation + 1;
}
