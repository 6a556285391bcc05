// Push rules, unread counts and the list of notifications of a group's users.
// https://spec.matrix.org/v1.19/client-server-api/#push-notifications
import type { Json, JsonObject } from '../../spec/json.ts';
import type { Requester } from './requester.ts';

export type PushRuleKind = 'override' | 'content' | 'room' | 'sender' | 'underride';

export interface UsersPush {
  /** All rulesets as `GET /pushrules/` shows them: `{ global }`. */
  pushRules(by: Requester): Promise<JsonObject>;
  /**
   * Makes a rule or changes it. `before` is the id of the user's own rule that it is to stand directly above (more
   * important), `after` of the one that it is to stand directly below. Throws 400 M_UNKNOWN if there is no such rule,
   * 400 M_INVALID_PARAM for what is no rule, 413 M_TOO_LARGE.
   */
  putPushRule(
    by: Requester,
    kind: PushRuleKind,
    ruleId: string,
    rule: NewPushRule,
    place: { readonly before: string | undefined; readonly after: string | undefined },
  ): Promise<void>;
  /** Throws 404 M_NOT_FOUND, also for the server's own rules. */
  deletePushRule(by: Requester, kind: PushRuleKind, ruleId: string): Promise<void>;
  /** Throws 404 M_NOT_FOUND. */
  enablePushRule(by: Requester, kind: PushRuleKind, ruleId: string, enabled: boolean): Promise<void>;
  /** Throws 404 M_NOT_FOUND and 400 M_INVALID_PARAM. */
  setPushRuleActions(by: Requester, kind: PushRuleKind, ruleId: string, actions: readonly Json[]): Promise<void>;
  /** Carries what these users' rules say of one room over to another, after an upgrade. Users without such rules stay. */
  copyRoomRules(userIds: readonly string[], from: string, to: string): Promise<void>;

  /**
   * A Room says how far a user has read: everything (`threadId` undefined) or one thread, up to a position of its log. If the
   * receipt `isNew`, the user's clients are told of it although it may not change what is unread.
   */
  read(userId: string, roomId: string, threadId: string | undefined, roomPos: number, isNew: boolean): Promise<void>;
  /** What the user was notified of, newest first. */
  notifications(by: Requester, request: NotificationsRequest): Promise<NotificationsPage>;
}

export interface NewPushRule {
  readonly actions: readonly Json[];
  readonly conditions: readonly Json[] | undefined;
  readonly pattern: string | undefined;
}

export interface NotificationsRequest {
  /** What an earlier page gave as `next`. */
  readonly from: number | undefined;
  readonly limit: number;
  readonly onlyHighlights: boolean;
}

export interface NotificationsPage {
  readonly notifications: readonly {
    readonly roomId: string;
    /** Where the event stands in its room's log: the Room shows it, if the user may see it. */
    readonly roomPos: number;
    readonly actions: readonly Json[];
    readonly read: boolean;
  }[];
  readonly next: number | undefined;
}

/** Unread notifications of one room or thread. */
export interface UnreadCount {
  readonly notifications: number;
  readonly highlights: number;
}

/** Unread notifications of a room: of its main timeline, and of its threads by root, those without any left out. */
export interface Unread {
  readonly main: UnreadCount;
  readonly threads: readonly (readonly [root: string, count: UnreadCount])[];
}
