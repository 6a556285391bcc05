// The room versions of the tests, by where they lie in the order of their numbers.
import type { RoomVersion } from '../../src/events/room-version.ts';

const REDACTION = { topLevel: [], content: new Map(), keepThirdPartyInviteSigned: false };

function version(number: number): RoomVersion {
  return {
    id: String(number),
    eventId: number < 3 ? 'carried' : number === 3 ? 'hash-base64' : 'hash-base64url',
    references: number < 3 ? 'pairs' : 'ids',
    stateResolution: number === 1 ? 'v1' : number < 12 ? 'v2' : 'v2.1',
    strictCanonicalJson: number >= 6,
    enforceKeyValidity: number >= 5,
    depthMaximum: Number.MAX_SAFE_INTEGER,
    roomIdIsCreateHash: number >= 12,
    privilegedCreators: number >= 12,
    creatorIsSender: number >= 11,
    aliasesRule: number < 6,
    redactionRule: number < 3,
    notificationLevelsChecked: number >= 6,
    integerPowerLevels: number >= 10,
    knocking: number >= 7,
    restrictedJoins: number >= 8,
    knockRestricted: number >= 10,
    redactsInContent: number >= 11,
    redaction: REDACTION,
  };
}

export const ALL: readonly RoomVersion[] = Array.from({ length: 12 }, (_, index) => version(index + 1));

export function from(number: number): readonly RoomVersion[] {
  return ALL.slice(number - 1);
}

export function upTo(number: number): readonly RoomVersion[] {
  return ALL.slice(0, number);
}

export function between(first: number, last: number): readonly RoomVersion[] {
  return ALL.slice(first - 1, last);
}

export function only(number: number): RoomVersion {
  const found = ALL[number - 1];
  if (found === undefined) throw new Error(`no room version ${number}`);
  return found;
}
