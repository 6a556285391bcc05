// The twelve room versions. Each says only what it changes over the one it builds on.
// https://spec.matrix.org/v1.19/rooms/
import type { RedactionRules, RoomVersion } from './room-version.ts';

type Content = readonly (readonly [type: string, keys: 'all' | readonly string[]])[];

const TOP_LEVEL_V11 = [
  'event_id',
  'type',
  'room_id',
  'sender',
  'state_key',
  'content',
  'hashes',
  'signatures',
  'depth',
  'prev_events',
  'auth_events',
  'origin_server_ts',
];

const POWER_LEVELS = ['ban', 'events', 'events_default', 'kick', 'redact', 'state_default', 'users', 'users_default'];

const REDACTION_V1: RedactionRules = {
  topLevel: [...TOP_LEVEL_V11, 'prev_state', 'origin', 'membership'],
  content: new Map<string, 'all' | readonly string[]>([
    ['m.room.member', ['membership']],
    ['m.room.create', ['creator']],
    ['m.room.join_rules', ['join_rule']],
    ['m.room.power_levels', POWER_LEVELS],
    ['m.room.aliases', ['aliases']],
    ['m.room.history_visibility', ['history_visibility']],
  ]),
  keepThirdPartyInviteSigned: false,
};

const V1: RoomVersion = {
  id: '1',
  eventId: 'carried',
  references: 'pairs',
  stateResolution: 'v1',
  strictCanonicalJson: false,
  enforceKeyValidity: false,
  // 2^63 - 1 is not a double; an event beyond the nearest one is refused, and ours stop at 2^53 - 1.
  depthMaximum: 2 ** 63,
  roomIdIsCreateHash: false,
  privilegedCreators: false,
  creatorIsSender: false,
  aliasesRule: true,
  redactionRule: true,
  notificationLevelsChecked: false,
  integerPowerLevels: false,
  knocking: false,
  restrictedJoins: false,
  knockRestricted: false,
  redactsInContent: false,
  redaction: REDACTION_V1,
};

const V2: RoomVersion = { ...V1, id: '2', stateResolution: 'v2' };

const V3: RoomVersion = { ...V2, id: '3', eventId: 'hash-base64', references: 'ids', redactionRule: false };

const V4: RoomVersion = { ...V3, id: '4', eventId: 'hash-base64url' };

const V5: RoomVersion = { ...V4, id: '5', enforceKeyValidity: true };

const V6: RoomVersion = {
  ...V5,
  id: '6',
  strictCanonicalJson: true,
  depthMaximum: Number.MAX_SAFE_INTEGER,
  aliasesRule: false,
  notificationLevelsChecked: true,
  redaction: { ...V5.redaction, content: changed(V5.redaction, [], ['m.room.aliases']) },
};

const V7: RoomVersion = { ...V6, id: '7', knocking: true };

const V8: RoomVersion = {
  ...V7,
  id: '8',
  restrictedJoins: true,
  redaction: { ...V7.redaction, content: changed(V7.redaction, [['m.room.join_rules', ['join_rule', 'allow']]]) },
};

const V9: RoomVersion = {
  ...V8,
  id: '9',
  redaction: {
    ...V8.redaction,
    content: changed(V8.redaction, [['m.room.member', ['membership', 'join_authorised_via_users_server']]]),
  },
};

const V10: RoomVersion = { ...V9, id: '10', integerPowerLevels: true, knockRestricted: true };

const V11: RoomVersion = {
  ...V10,
  id: '11',
  creatorIsSender: true,
  redactsInContent: true,
  redaction: {
    topLevel: TOP_LEVEL_V11,
    content: changed(V10.redaction, [
      ['m.room.create', 'all'],
      ['m.room.power_levels', [...POWER_LEVELS, 'invite']],
      ['m.room.redaction', ['redacts']],
    ]),
    keepThirdPartyInviteSigned: true,
  },
};

const V12: RoomVersion = {
  ...V11,
  id: '12',
  stateResolution: 'v2.1',
  roomIdIsCreateHash: true,
  privilegedCreators: true,
};

const ALL: ReadonlyMap<string, RoomVersion> = new Map(
  [V1, V2, V3, V4, V5, V6, V7, V8, V9, V10, V11, V12].map((version) => [version.id, version]),
);

/** The version of new rooms whose creator names none. https://spec.matrix.org/v1.19/rooms/#complete-list-of-room-versions */
export const DEFAULT_ROOM_VERSION = V12;

/** Every version that we know, oldest first; all of them are stable. */
export const ROOM_VERSIONS: readonly RoomVersion[] = [...ALL.values()];

export function roomVersion(id: string): RoomVersion | undefined {
  return ALL.get(id);
}

function changed(rules: RedactionRules, set: Content, removed: readonly string[] = []): RedactionRules['content'] {
  const content = new Map([...rules.content, ...set]);
  for (const type of removed) content.delete(type);
  return content;
}
