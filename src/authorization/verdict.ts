// What the authorisation rules answer: values of a closed union, never exceptions.
// https://spec.matrix.org/v1.19/server-server-api/#authorisation-rules

export type Verdict = Allowed | Refused;

export interface Allowed {
  readonly allowed: true;
}

export interface Refused {
  readonly allowed: false;
  /** The number of the rule in the list of the room version's own page. */
  readonly rule: number;
  readonly reason: Reason;
}

/** One rule's answer: it decides (allows, or refuses with a reason), or leaves the decision to the rules after it. */
export type Outcome = 'allow' | 'continue' | Reason;

export type Reason =
  | CreateReason
  | AuthEventsReason
  | MemberReason
  | PowerLevelsReason
  | 'no-create-event'
  | 'room-does-not-federate'
  | 'aliases-without-state-key'
  | 'aliases-of-another-server'
  | 'sender-not-joined'
  | 'below-invite-level'
  | 'below-required-level'
  | 'state-key-of-another-user'
  | 'below-redact-level';

export type CreateReason =
  | 'create-has-prev-events'
  | 'create-has-room-id'
  | 'create-room-id-of-another-server'
  | 'room-version-not-recognised'
  | 'create-without-creator'
  | 'additional-creators-not-user-ids';

export type AuthEventsReason =
  | 'room-id-is-no-accepted-create-event'
  | 'duplicate-auth-events'
  | 'auth-event-not-selected'
  | 'auth-event-rejected'
  | 'create-event-not-among-auth-events'
  | 'auth-event-of-another-room';

export type MemberReason =
  | 'member-without-state-key'
  | 'member-state-key-not-a-user-id'
  | 'member-without-membership'
  | 'membership-unknown'
  | 'authorising-user-not-a-user-id'
  | 'join-of-another-user'
  | 'sender-banned'
  | 'join-rule-needs-invite'
  | 'join-not-authorised'
  | 'join-rule-unknown'
  | ThirdPartyInviteReason
  | 'target-joined-or-banned'
  | 'nothing-to-leave'
  | 'below-ban-level'
  | 'below-kick-level'
  | 'target-not-below-sender'
  | 'join-rule-forbids-knock'
  | 'knock-of-another-user'
  | 'knock-by-member';

export type ThirdPartyInviteReason =
  | 'target-banned'
  | 'third-party-invite-without-signed'
  | 'signed-without-mxid-or-token'
  | 'mxid-is-not-the-target'
  | 'third-party-invite-unknown'
  | 'third-party-invite-of-another-sender'
  | 'third-party-invite-signature-invalid';

export type PowerLevelsReason =
  | 'power-level-not-a-number'
  | 'power-levels-of-invalid-user-ids'
  | 'power-levels-name-a-creator'
  | 'current-level-above-sender'
  | 'new-level-above-sender'
  | 'user-not-below-sender';
