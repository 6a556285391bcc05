// The power levels that a room begins with. https://spec.matrix.org/v1.19/client-server-api/#mroompower_levels
import type { JsonObject } from '../spec/json.ts';

interface Beginning {
  readonly creator: string;
  readonly roomVersion: string;
  /** Invited users who are to have the creator's level. */
  readonly peers: readonly string[];
  /** Whether anybody may join anyhow. */
  readonly open?: boolean;
  readonly override: JsonObject | undefined;
}

export function initialPowerLevels({ creator, roomVersion, peers, open = false, override }: Beginning): JsonObject {
  // From version 12 on creators stand above all levels and in no list, and a tombstone needs more than other state.
  const creatorsAboveAll = roomVersion === '12';
  const users = creatorsAboveAll ? [] : [creator, ...peers];
  return {
    users_default: 0,
    events_default: 0,
    state_default: 50,
    ban: 50,
    kick: 50,
    redact: 50,
    // Should the room restrict joins later, whoever may invite lets others in.
    invite: open ? 50 : 0,
    users: Object.fromEntries(users.map((userId) => [userId, 100])),
    events: {
      'm.room.name': 50,
      'm.room.power_levels': 100,
      'm.room.history_visibility': 100,
      'm.room.canonical_alias': 50,
      'm.room.avatar': 50,
      'm.room.tombstone': creatorsAboveAll ? 150 : 100,
      'm.room.server_acl': 100,
      'm.room.encryption': 100,
    },
    ...override,
  };
}
