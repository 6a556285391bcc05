// What a new room takes over from the one it replaces. https://spec.matrix.org/v1.19/client-server-api/#room-upgrades
import { creatorsOf } from '../../authorization/creators.ts';
import { PowerLevels } from '../../authorization/power-levels.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import type { RoomStep } from '../../ports/contracts/room.ts';
import { isObject, member, type Json, type JsonObject } from '../../spec/json.ts';
import { stateIn } from '../receipt/authorization.ts';
import type { RoomData } from '../room-data.ts';
import { CANONICAL_ALIAS } from './aliases.ts';

/** In the order in which they are sent. */
const CARRIED = [
  'm.room.join_rules',
  'm.room.history_visibility',
  'm.room.guest_access',
  'm.room.encryption',
  'm.room.server_acl',
  'm.room.name',
  'm.room.topic',
  'm.room.avatar',
  CANONICAL_ALIAS,
] as const;
const SPACE_CHILD = 'm.space.child';
/** All of the new room is one commit, in which nobody else is served. */
const BANS_MAX = 500;
const CHILDREN_MAX = 500;
/** From version 12 on a tombstone needs more than other state: creators stand above it, administrators do not. */
const TOMBSTONE_LEVEL = 150;

export interface UpgradePlan {
  readonly content: JsonObject;
  readonly steps: readonly RoomStep[];
}

export function upgradePlan(
  data: RoomData,
  userId: string,
  version: RoomVersion,
  additionalCreators: readonly string[],
  published: boolean,
): UpgradePlan {
  const { root } = data.head;
  const create = data.stateContent(root, 'm.room.create', '') ?? {};
  const named = version.privilegedCreators ? additionalCreators.filter((id) => id !== userId) : [];
  const carried = CARRIED.flatMap((type) => stateStep(type, '', data.stateContent(root, type, '')));
  const levels = data.stateContent(root, 'm.room.power_levels', '');
  return {
    content: {
      ...only(create, ['type', 'm.federate']),
      predecessor: predecessor(data, version),
      ...(named.length === 0 ? {} : { additional_creators: [...new Set(named)] }),
    },
    steps: [
      ...carried,
      ...(member(create, 'type') === 'm.space' ? children(data) : []),
      ...bans(data),
      // Last: until then the creator of the new room may do everything, whatever the old levels say.
      ...(levels === undefined
        ? []
        : stateStep('m.room.power_levels', '', newLevels(data, levels, version, [userId, ...named]))),
      ...(published ? [{ kind: 'publish' } as const] : []),
    ],
  };
}

/** The last event that there was; rooms of version 12 are named by their create event, and clients look for the tombstone. */
function predecessor(data: RoomData, version: RoomVersion): JsonObject {
  const last = data.byNumber(Math.max(...data.head.extremities));
  const withEvent = !version.roomIdIsCreateHash && last !== undefined;
  return { room_id: data.roomId, ...(withEvent ? { event_id: last.pdu.eventId } : {}) };
}

function newLevels(data: RoomData, levels: JsonObject, version: RoomVersion, creators: readonly string[]): JsonObject {
  const before = data.version;
  const create = data.stateEvent(data.head.root, 'm.room.create', '')?.pdu;
  const users = new Map(entriesOf(levels, 'users'));
  const events = new Map(entriesOf(levels, 'events'));
  if (version.privilegedCreators) {
    for (const userId of creators) users.delete(userId);
    const tombstone = Number(events.get('m.room.tombstone') ?? 0);
    if (!before.privilegedCreators) events.set('m.room.tombstone', Math.max(TOMBSTONE_LEVEL, tombstone));
  } else if (before.privilegedCreators && create !== undefined) {
    // Who stood above all levels is to stand as high as anybody, and to reach everything.
    const highest = Math.max(100, ...[...users.values(), ...events.values()].filter(isNumber));
    for (const userId of creatorsOf(create, before)) users.set(userId, highest);
  }
  return { ...levels, users: Object.fromEntries(users), events: Object.fromEntries(events) };
}

/** The old room's levels once it is replaced: nobody but moderators speaks or invites. */
export function closedLevels(data: RoomData): JsonObject {
  const { root } = data.head;
  const levels = PowerLevels.of(stateIn(data, root), data.version);
  const least = Math.max(50, levels.level('users_default') + 1);
  return {
    ...(data.stateContent(root, 'm.room.power_levels', '') ?? {}),
    events_default: Math.max(levels.level('events_default'), least),
    invite: Math.max(levels.level('invite'), least),
  };
}

function stateStep(type: string, stateKey: string, content: JsonObject | undefined): RoomStep[] {
  // Empty content is how state is taken back.
  return content === undefined || Object.keys(content).length === 0 ? [] : [{ kind: 'state', type, stateKey, content }];
}

function children(data: RoomData): RoomStep[] {
  return data
    .many(data.states.allButMembers(data.head.root))
    .filter(({ pdu }) => pdu.type === SPACE_CHILD)
    .slice(0, CHILDREN_MAX)
    .flatMap(({ pdu }) => stateStep(pdu.type, pdu.stateKey ?? '', pdu.content));
}

function bans(data: RoomData): RoomStep[] {
  return data.members.first('ban', BANS_MAX).map(({ userId, number }) => ({
    kind: 'ban',
    userId,
    content: only(data.byNumber(number)?.pdu.content ?? {}, ['reason']),
  }));
}

function only(content: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => {
      const value = member(content, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function entriesOf(levels: JsonObject, name: string): [string, Json][] {
  const map = member(levels, name);
  return isObject(map) ? Object.entries(map).filter((entry): entry is [string, Json] => entry[1] !== undefined) : [];
}

function isNumber(value: Json): value is number {
  return typeof value === 'number';
}
