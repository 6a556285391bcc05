// Server-side key backups. https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
import type { JsonObject } from '../../spec/json.ts';
import type { Requester } from './requester.ts';

/** A session's key in a backup, as JSON. Clients' have about 1 kB. */
export const BACKUP_KEY_BYTES = 65_536;
/** As many keys are stored in one call and one commit: 10,000 would hold everybody else up. */
export const BACKUP_KEYS_AT_ONCE = 200;

export interface UsersBackup {
  /** Throws 413 M_TOO_LARGE for `authData` larger than an event, 403 M_FORBIDDEN if the user has a hundred backups already. */
  createBackup(by: Requester, algorithm: string, authData: JsonObject): Promise<{ readonly version: string }>;
  /** The named or, without a version, the latest backup. Throws 404 M_NOT_FOUND. */
  backup(by: Requester, version: string | undefined): Promise<Backup>;
  updateBackup(by: Requester, version: string, algorithm: string, authData: JsonObject): Promise<void>;
  deleteBackup(by: Requester, version: string): Promise<void>;
  /**
   * At most `BACKUP_KEYS_AT_ONCE`. Writes go to the current version only: 403 M_WRONG_ROOM_KEYS_VERSION with
   * `current_version` otherwise. 413 M_TOO_LARGE if one of them is longer than `BACKUP_KEY_BYTES`; then none is stored.
   */
  putBackupKeys(by: Requester, version: string, keys: readonly BackupKey[]): Promise<BackupCount>;
  /** A page of the keys of all rooms, of one room, or of one session, in the order of room and session. */
  backupKeys(by: Requester, version: string, asked: BackupKeysAsked): Promise<BackupKeysPage>;
  deleteBackupKeys(
    by: Requester,
    version: string,
    roomId: string | undefined,
    sessionId: string | undefined,
  ): Promise<BackupCount>;
}

export interface Backup extends BackupCount {
  readonly version: string;
  readonly algorithm: string;
  readonly authData: JsonObject;
}

export interface BackupCount {
  readonly count: number;
  readonly etag: string;
}

export interface BackupKey {
  readonly roomId: string;
  readonly sessionId: string;
  /** KeyBackupData: first_message_index, forwarded_count, is_verified, session_data. */
  readonly data: JsonObject;
}

export interface BackupKeysAsked {
  readonly roomId: string | undefined;
  readonly sessionId: string | undefined;
  /** The last key of the page before. */
  readonly after: { readonly roomId: string; readonly sessionId: string } | undefined;
}

export interface BackupKeysPage {
  /** `data` is the key's KeyBackupData as JSON text. */
  readonly keys: readonly { readonly roomId: string; readonly sessionId: string; readonly data: string }[];
  readonly more: boolean;
}
