// What is known of other servers' keys. https://spec.matrix.org/v1.19/server-server-api/#retrieving-server-keys
import type { KeyAnswer, ServerKey, ServerKeys, ServersKeys } from '../../ports/contracts/servers-keys.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { Claims } from './claims.ts';
import { KeyStore } from './store/keys.ts';

/** As many keys of one server are kept; of more, those that ended longest ago go. */
const MOST_KEYS = 200;

export class Keys implements ServersKeys {
  readonly #env: ObjectEnv;
  readonly #store: KeyStore;
  readonly #claims: Claims;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#store = new KeyStore(env.sql, env.owner);
    this.#claims = new Claims(env.clock);
  }

  async known(serverName: string): Promise<ServerKeys | undefined> {
    const keys = this.#store.keys(serverName);
    return keys.length === 0 ? undefined : { serverName, keys };
  }

  async answer(serverName: string): Promise<Pick<KeyAnswer, 'text' | 'validUntilTs'> | undefined> {
    const row = this.#store.answer(serverName);
    return row && { text: row.text, validUntilTs: row.valid_until };
  }

  async claim(serverName: string): ReturnType<ServersKeys['claim']> {
    return this.#claims.claim(serverName);
  }

  async store(answer: KeyAnswer): Promise<ServerKeys> {
    const { serverName } = answer;
    const keys = this.#env.sql.transaction(() => {
      const before = new Map(this.#store.keys(serverName).map((key) => [key.keyId, key]));
      for (const key of answer.keys) if (!same(before.get(key.keyId), key)) this.#store.put(serverName, key);
      // Events were signed with what a server does not name any more: such a key stays good for the time it was good for.
      const fresh = new Set(answer.keys.map(({ keyId }) => keyId));
      const kept = [...before.values()].filter(({ keyId }) => !fresh.has(keyId)).sort((a, b) => endOf(b) - endOf(a));
      const room = Math.max(0, MOST_KEYS - answer.keys.length);
      for (const { keyId } of kept.slice(room)) this.#store.remove(serverName, keyId);
      this.#store.putAnswer(answer);
      return [...answer.keys, ...kept.slice(0, room)];
    });
    this.#claims.succeeded(serverName);
    return { serverName, keys };
  }

  async failed(serverName: string): Promise<void> {
    this.#claims.failed(serverName);
  }
}

function endOf(key: ServerKey): number {
  return key.expiredTs ?? key.validUntilTs ?? 0;
}

function same(a: ServerKey | undefined, b: ServerKey): boolean {
  return a?.key === b.key && a.validUntilTs === b.validUntilTs && a.expiredTs === b.expiredTs;
}
