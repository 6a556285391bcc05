// The part of the user directory that is a group's own.
import type { Requester } from './requester.ts';

export interface UsersDirectory {
  /**
   * Users of the group who are called so, of those that the requester, who may live elsewhere, may find. Best first, at most
   * `limit`; `more` if there are, or may be, others.
   */
  search(by: Requester, term: string, limit: number): Promise<FoundUsers>;
}

export interface FoundUsers {
  readonly found: readonly FoundUser[];
  readonly more: boolean;
}

export interface FoundUser {
  readonly userId: string;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
  /** Smaller is better; users of the same rank are in the order of their ids. */
  readonly rank: number;
}
