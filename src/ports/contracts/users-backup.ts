// Server-side key backups. https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
import type { JsonObject } from '../../spec/json.ts';
import type { Requester } from './requester.ts';

export interface UsersBackup {
  createBackup(by: Requester, algorithm: string, authData: JsonObject): Promise<{ readonly version: string }>;
  /** The named or, without a version, the latest backup. Throws 404 M_NOT_FOUND. */
  backup(by: Requester, version: string | undefined): Promise<Backup>;
  updateBackup(by: Requester, version: string, algorithm: string, authData: JsonObject): Promise<void>;
  deleteBackup(by: Requester, version: string): Promise<void>;
  /** Writes go to the current version only: 403 M_WRONG_ROOM_KEYS_VERSION with `current_version` otherwise. */
  putBackupKeys(by: Requester, version: string, keys: readonly BackupKey[]): Promise<BackupCount>;
  backupKeys(
    by: Requester,
    version: string,
    roomId: string | undefined,
    sessionId: string | undefined,
  ): Promise<readonly BackupKeyText[]>;
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

/** A key on its way out, as it is stored: there may be very many, and nobody looks into them. */
export interface BackupKeyText {
  readonly roomId: string;
  readonly sessionId: string;
  /** `BackupKey.data` as JSON. */
  readonly text: string;
}
