// The key backup part of a Users object.
// https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
import { utf8Length } from '../../spec/canonical-json.ts';
import { forbidden, invalidParam, MatrixError, notFound, tooLarge } from '../../spec/errors.ts';
import { member, type JsonObject } from '../../spec/json.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import {
  BACKUP_KEY_BYTES,
  BACKUP_KEYS_AT_ONCE,
  type Backup,
  type BackupCount,
  type BackupKey,
  type BackupKeysAsked,
  type BackupKeysPage,
  type UsersBackup,
} from '../../ports/contracts/users-backup.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { type BackupRow, BackupStore } from './store/backups.ts';

/** A page's keys, and the characters that they may have together: a call between objects holds less than 1 MB. */
const PAGE_KEYS = 200;
const PAGE_LENGTH = 500_000;

/** Backups that a user has at once; clients keep one and delete the others when they begin anew. */
const VERSIONS_MAX = 100;
/** Versions that are gone of which it is remembered that they were there. */
const DELETED_KEPT = 100;
/** The characters of `auth_data`, as JSON: as large as an event may be. Real ones have some 500. */
const AUTH_DATA_LENGTH = 65_536;

/** Keys of a user that has ended, in one commit. */
const REMOVED_AT_ONCE = 500;

export class Backups implements UsersBackup {
  readonly #env: ObjectEnv;
  readonly #store: BackupStore;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#store = new BackupStore(env.sql, env.owner);
  }

  /** Forgets some of a user's backups, inside a transaction; false once there are none. */
  removeSome(userId: string): boolean {
    return this.#store.removeSome(userId, REMOVED_AT_ONCE);
  }

  async createBackup(by: Requester, algorithm: string, authData: JsonObject): Promise<{ readonly version: string }> {
    const text = authDataText(authData);
    return this.#env.sql.transaction(() => {
      if (this.#store.versions(by.userId) >= VERSIONS_MAX) throw forbidden('There are too many backups: delete some.');
      const version = this.#store.lastVersion(by.userId) + 1;
      this.#store.insert(by.userId, version, algorithm, text);
      this.#store.forgetDeleted(by.userId, version - DELETED_KEPT);
      return { version: String(version) };
    });
  }

  async backup(by: Requester, version: string | undefined): Promise<Backup> {
    const row = version === undefined ? this.#store.latest(by.userId) : this.#existing(by, version);
    if (!row) throw notFound('There is no key backup');
    return {
      version: String(row.version),
      algorithm: row.algorithm,
      authData: JSON.parse(row.auth_data) as JsonObject,
      ...counted(row),
    };
  }

  async updateBackup(by: Requester, version: string, algorithm: string, authData: JsonObject): Promise<void> {
    const text = authDataText(authData);
    this.#env.sql.transaction(() => {
      const row = this.#existing(by, version);
      if (row.algorithm !== algorithm) throw invalidParam('The algorithm of a backup cannot change');
      this.#store.setAuthData(by.userId, row.version, text);
    });
  }

  /** Deleting a version that was deleted is no error. */
  async deleteBackup(by: Requester, version: string): Promise<void> {
    this.#env.sql.transaction(() => {
      const row = this.#store.get(by.userId, numberOf(version));
      if (!row) throw notFound('There is no such key backup');
      if (!row.deleted) this.#store.delete(by.userId, row.version);
    });
  }

  async putBackupKeys(by: Requester, version: string, keys: readonly BackupKey[]): Promise<BackupCount> {
    if (keys.length > BACKUP_KEYS_AT_ONCE) throw new RangeError('so many keys are stored in several calls');
    const texts = keys.map(({ data }) => JSON.stringify(data));
    if (texts.some((text) => utf8Length(text) > BACKUP_KEY_BYTES)) throw tooLarge('A key is too large.');
    return this.#env.sql.transaction(() => {
      const row = this.#current(by, version);
      let [changed, added] = [false, 0];
      for (const [index, { roomId, sessionId, data }] of keys.entries()) {
        const known = this.#store.key(by.userId, row.version, roomId, sessionId);
        if (known !== undefined && !replaces(data, JSON.parse(known) as JsonObject)) continue;
        this.#store.putKey(by.userId, row.version, roomId, sessionId, texts[index]!);
        changed = true;
        if (known === undefined) added++;
      }
      if (changed) this.#store.changed(by.userId, row.version, added);
      return counted(this.#current(by, version));
    });
  }

  async backupKeys(by: Requester, version: string, asked: BackupKeysAsked): Promise<BackupKeysPage> {
    const row = this.#existing(by, version);
    const found = this.#store.keys(by.userId, row.version, asked, PAGE_KEYS);
    const keys: BackupKeysPage['keys'][number][] = [];
    let length = 0;
    for (const { room_id, session_id, data } of found) {
      length += data.length;
      // The first is told whatever its size, so that every page goes on.
      if (keys.length > 0 && length > PAGE_LENGTH) break;
      keys.push({ roomId: room_id, sessionId: session_id, data });
    }
    return { keys, more: keys.length < found.length || found.length === PAGE_KEYS };
  }

  async deleteBackupKeys(
    by: Requester,
    version: string,
    roomId: string | undefined,
    sessionId: string | undefined,
  ): Promise<BackupCount> {
    return this.#env.sql.transaction(() => {
      const row = this.#existing(by, version);
      const deleted = this.#store.deleteKeys(by.userId, row.version, roomId, sessionId);
      if (deleted > 0) this.#store.changed(by.userId, row.version, -deleted);
      return counted(this.#existing(by, version));
    });
  }

  #existing(by: Requester, version: string): BackupRow {
    const row = this.#store.get(by.userId, numberOf(version));
    if (!row || row.deleted) throw notFound('There is no such key backup');
    return row;
  }

  /** Only the latest version is written to: a client that writes to another has missed that there is a new one. */
  #current(by: Requester, version: string): BackupRow {
    const row = this.#existing(by, version);
    const latest = this.#store.latest(by.userId);
    if (!latest || latest.version === row.version) return row;
    throw new MatrixError(403, 'M_WRONG_ROOM_KEYS_VERSION', 'This is not the current backup', {
      current_version: String(latest.version),
    });
  }
}

/** Throws 413 M_TOO_LARGE. */
function authDataText(authData: JsonObject): string {
  const text = JSON.stringify(authData);
  if (text.length > AUTH_DATA_LENGTH) throw tooLarge('auth_data is too large.');
  return text;
}

function counted(row: BackupRow): BackupCount {
  return { count: row.keys, etag: String(row.etag) };
}

/** Versions are our own numbers; any other text names none. */
function numberOf(version: string): number {
  return /^[1-9]\d{0,14}$/.test(version) ? Number(version) : 0;
}

/** Whether a key is better than the stored one: verified, else reaching further back, else forwarded less often. */
function replaces(key: JsonObject, stored: JsonObject): boolean {
  const verified = (data: JsonObject): boolean => member(data, 'is_verified') === true;
  if (verified(key) !== verified(stored)) return verified(key);
  const count = (data: JsonObject, name: string): number => Number(member(data, name) ?? 0);
  const earlier = count(stored, 'first_message_index') - count(key, 'first_message_index');
  return earlier !== 0 ? earlier > 0 : count(key, 'forwarded_count') < count(stored, 'forwarded_count');
}
