// The numbers that the authorisation rules have on the page of each room version. They move when a version adds or drops one.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules

export interface RuleNumbers {
  readonly create: number;
  readonly authEvents: number;
  readonly federate: number;
  readonly aliases: number;
  readonly member: number;
  readonly joined: number;
  readonly thirdPartyInvite: number;
  readonly requiredLevel: number;
  readonly userStateKey: number;
  readonly powerLevels: number;
  readonly redaction: number;
  readonly otherwise: number;
  /** Within the rule on m.room.member. */
  readonly join: number;
  readonly invite: number;
  readonly leave: number;
  readonly ban: number;
  readonly knock: number;
  readonly unknownMembership: number;
  /** Within the rule on m.room.power_levels: `users`, no previous event, the named levels, the last. */
  readonly users: number;
  readonly firstLevels: number;
  readonly namedLevels: number;
}

const ABSENT = NaN;

const V1: RuleNumbers = {
  create: 1,
  authEvents: 2,
  federate: 3,
  aliases: 4,
  member: 5,
  joined: 6,
  thirdPartyInvite: 7,
  requiredLevel: 8,
  userStateKey: 9,
  powerLevels: 10,
  redaction: 11,
  otherwise: 12,
  join: 2,
  invite: 3,
  leave: 4,
  ban: 5,
  knock: ABSENT,
  unknownMembership: 6,
  users: 1,
  firstLevels: 2,
  namedLevels: 3,
};

const V3: RuleNumbers = { ...V1, redaction: ABSENT, otherwise: 11 };

const V6: RuleNumbers = {
  ...V3,
  aliases: ABSENT,
  member: 4,
  joined: 5,
  thirdPartyInvite: 6,
  requiredLevel: 7,
  userStateKey: 8,
  powerLevels: 9,
  otherwise: 10,
};

const V7: RuleNumbers = { ...V6, knock: 6, unknownMembership: 7 };

const V8: RuleNumbers = { ...V7, join: 3, invite: 4, leave: 5, ban: 6, knock: 7, unknownMembership: 8 };

const V10: RuleNumbers = { ...V8, users: 3, firstLevels: 4, namedLevels: 5 };

const V12: RuleNumbers = {
  ...V10,
  authEvents: 3,
  federate: 4,
  member: 5,
  joined: 6,
  thirdPartyInvite: 7,
  requiredLevel: 8,
  userStateKey: 9,
  powerLevels: 10,
  otherwise: 11,
  firstLevels: 5,
  namedLevels: 6,
};

export function ruleNumbers(version: string): RuleNumbers {
  const number = Number(version);
  if (number >= 12) return V12;
  if (number >= 10) return V10;
  if (number >= 8) return V8;
  if (number >= 7) return V7;
  if (number >= 6) return V6;
  return number >= 3 ? V3 : V1;
}
