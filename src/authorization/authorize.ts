// The authorisation rules, in the order of the specification. This file is their table of contents.
// https://spec.matrix.org/v1.19/server-server-api/#authorisation-rules and each version's page under https://spec.matrix.org/v1.19/rooms/
import type { Pdu } from '../events/pdu.ts';
import type { RoomVersion } from '../events/room-version.ts';
import type { AuthState } from './auth-state.ts';
import { aliases } from './rules/aliases.ts';
import { authEvents } from './rules/auth-events.ts';
import type { Citation, ReceivedEvent } from './rules/citation.ts';
import { create } from './rules/create.ts';
import { federate } from './rules/federate.ts';
import { member } from './rules/member.ts';
import { powerLevels } from './rules/power-levels.ts';
import { redaction } from './rules/redaction.ts';
import { requiredLevel } from './rules/required-level.ts';
import { roomId } from './rules/room-id.ts';
import { senderJoined } from './rules/sender-joined.ts';
import { stateKeyOfUser } from './rules/state-key-of-user.ts';
import { thirdPartyInvite } from './rules/third-party-invite.ts';
import { Situation } from './situation.ts';
import type { Outcome, Verdict } from './verdict.ts';

/** A rule is numbered by its place among those that its room version has. */
interface Rule {
  readonly inVersion?: (version: RoomVersion) => boolean;
  /** The rule as far as it depends on the auth events alone. */
  readonly byAuthEvents?: (citation: Citation) => Outcome;
  /** The rule as far as it depends on the state. */
  readonly byState?: (situation: Situation) => Outcome;
}

const RULES: readonly Rule[] = [
  { byState: create },
  { byAuthEvents: roomId, inVersion: (version) => version.roomIdIsCreateHash },
  { byAuthEvents: authEvents },
  { byState: federate },
  { byState: aliases, inVersion: (version) => version.aliasesRule },
  { byState: member },
  { byState: senderJoined },
  { byState: thirdPartyInvite },
  { byState: requiredLevel },
  { byState: stateKeyOfUser },
  { byState: powerLevels },
  { byState: redaction, inVersion: (version) => version.redactionRule },
  // Otherwise, allow.
];

const ALLOWED: Verdict = { allowed: true };

/**
 * Whether `event` may happen in the state `auth`: its auth events, the state before it, or the current state, by turns.
 * The event's format, signatures and hash have been checked, and its citations by `checkAuthEvents`. Never throws.
 */
export function authorize(event: Pdu, version: RoomVersion, auth: AuthState): Verdict {
  const situation = new Situation(event, version, auth);
  return decide(version, (rule) => rule.byState?.(situation));
}

/**
 * Whether `event` cites what it should, which does not depend on any state.
 *
 * @param authEvents every event that `event` names in `auth_events`; one that cannot be had is the caller's to deal with
 * @param createEvent from version 12 on, the create event that the room id names, where it is known
 */
export function checkAuthEvents(
  event: Pdu,
  version: RoomVersion,
  authEvents: readonly ReceivedEvent[],
  createEvent?: ReceivedEvent,
): Verdict {
  // Rule 1 decides about create events before any citation is looked at.
  if (event.type === 'm.room.create') return ALLOWED;
  const citation: Citation = { event, version, authEvents, create: createEvent };
  return decide(version, (rule) => rule.byAuthEvents?.(citation));
}

function decide(version: RoomVersion, ask: (rule: Rule) => Outcome | undefined): Verdict {
  let number = 0;
  for (const rule of RULES) {
    if (rule.inVersion?.(version) === false) continue;
    number += 1;
    const outcome = ask(rule);
    if (outcome === 'allow') return ALLOWED;
    if (outcome !== undefined && outcome !== 'continue') return { allowed: false, rule: number, reason: outcome };
  }
  return ALLOWED;
}
