// Keys of other servers, and what they last said of themselves.
import type { KeyAnswer, ServerKey } from '../../../ports/contracts/servers-keys.ts';
import type { Row, Sql } from '../../../ports/sql.ts';

interface KeyRow extends Row {
  readonly key_id: string;
  readonly key: string;
  readonly valid_until: number | null;
  readonly expired: number | null;
}

interface AnswerRow extends Row {
  readonly text: string;
  readonly valid_until: number;
}

export class KeyStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  keys(serverName: string): ServerKey[] {
    return this.#sql
      .all<KeyRow>(
        'SELECT key_id, key, valid_until, expired FROM servers_keys WHERE owner = ? AND server_name = ? ORDER BY key_id',
        this.#owner,
        serverName,
      )
      .map((row) => ({
        keyId: row.key_id,
        key: row.key,
        ...(row.valid_until === null ? {} : { validUntilTs: row.valid_until }),
        ...(row.expired === null ? {} : { expiredTs: row.expired }),
      }));
  }

  put(serverName: string, { keyId, key, validUntilTs, expiredTs }: ServerKey): void {
    this.#sql.run(
      `INSERT INTO servers_keys (owner, server_name, key_id, key, valid_until, expired) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET key = excluded.key, valid_until = excluded.valid_until, expired = excluded.expired`,
      this.#owner,
      serverName,
      keyId,
      key,
      validUntilTs ?? null,
      expiredTs ?? null,
    );
  }

  remove(serverName: string, keyId: string): void {
    this.#sql.run(
      'DELETE FROM servers_keys WHERE owner = ? AND server_name = ? AND key_id = ?',
      this.#owner,
      serverName,
      keyId,
    );
  }

  answer(serverName: string): AnswerRow | undefined {
    return this.#sql.first<AnswerRow>(
      'SELECT text, valid_until FROM servers_key_answers WHERE owner = ? AND server_name = ?',
      this.#owner,
      serverName,
    );
  }

  putAnswer({ serverName, text, validUntilTs }: KeyAnswer): void {
    this.#sql.run(
      `INSERT INTO servers_key_answers (owner, server_name, valid_until, text) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET valid_until = excluded.valid_until, text = excluded.text`,
      this.#owner,
      serverName,
      validUntilTs,
      text,
    );
  }
}
