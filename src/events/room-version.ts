// Room versions as inherited data: each names only what it changed. Rules read these flags, never version numbers.
// https://spec.matrix.org/v1.19/rooms/

export interface RoomVersion {
  readonly id: string;
  /** Event ids: opaque and carried in the event (1, 2), or the reference hash in one of two alphabets. */
  readonly eventId: 'carried' | 'hash-base64' | 'hash-base64url';
  /** prev_events and auth_events as `[id, {sha256}]` pairs (1, 2) or as ids. */
  readonly references: 'pairs' | 'ids';
  readonly stateResolution: 'v1' | 'v2' | 'v2.1';
  /** Canonical JSON is enforced: integers only, within ±(2^53 − 1) (6 and later). */
  readonly strictCanonicalJson: boolean;
  /** A signing key must have been valid at origin_server_ts (5 and later). */
  readonly enforceKeyValidity: boolean;
  readonly depthMaximum: number;
  /** The room id is `!` and the create event's hash; that event has no room_id and is never an auth event (12). */
  readonly roomIdIsCreateHash: boolean;
  /** Creators have infinite power and stand in no power_levels (12). */
  readonly privilegedCreators: boolean;
  /** The creator is the create event's sender, not `content.creator` (11 and later). */
  readonly creatorIsSender: boolean;
  /** m.room.aliases has an authorisation rule of its own (1 to 5). */
  readonly aliasesRule: boolean;
  /** m.room.redaction has an authorisation rule of its own (1, 2). */
  readonly redactionRule: boolean;
  /** Changes of `notifications` levels are checked (6 and later). */
  readonly notificationLevelsChecked: boolean;
  /** Power levels must be integers; else strings (and before strict canonical JSON, floats) are read as numbers. */
  readonly integerPowerLevels: boolean;
  readonly knocking: boolean;
  readonly restrictedJoins: boolean;
  readonly knockRestricted: boolean;
  /** `redacts` stands in content (11 and later). */
  readonly redactsInContent: boolean;
  readonly redaction: RedactionRules;
}

export interface RedactionRules {
  readonly topLevel: readonly string[];
  /** Content keys kept, by event type; `'all'` keeps the content whole. */
  readonly content: ReadonlyMap<string, 'all' | readonly string[]>;
  /** Of a kept `third_party_invite` in m.room.member only `signed` stays (11 and later). */
  readonly keepThirdPartyInviteSigned: boolean;
}
