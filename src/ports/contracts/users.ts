// Users: a group of local users with their accounts, devices, keys, data, and the one ordered stream that /sync reads.
import type { UsersAccounts } from './users-accounts.ts';
import type { UsersBackup } from './users-backup.ts';
import type { UsersData } from './users-data.ts';
import type { UsersDehydrated } from './users-dehydrated.ts';
import type { UsersDirectory } from './users-directory.ts';
import type { UsersKeys } from './users-keys.ts';
import type { UsersPush } from './users-push.ts';
import type { UsersPushers } from './users-pushers.ts';
import type { UsersPresence } from './users-presence.ts';
import type { UsersStream } from './users-stream.ts';

export interface UsersContract {
  readonly accounts: UsersAccounts;
  readonly data: UsersData;
  readonly directory: UsersDirectory;
  readonly keys: UsersKeys;
  readonly dehydrated: UsersDehydrated;
  readonly backup: UsersBackup;
  readonly push: UsersPush;
  readonly pushers: UsersPushers;
  readonly presence: UsersPresence;
  readonly stream: UsersStream;
}
