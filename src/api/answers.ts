// Shapes of answers that endpoints share. Tests hold every answer to its endpoint's shape.
import * as v from 'valibot';
import { isObject, type JsonObject } from '../spec/json.ts';

const object = v.custom<JsonObject>(isObject, 'an object');

export const emptyAnswer = v.strictObject({});
/** An object whose members are the users', the rooms' or the clients' own. */
export const anyAnswer = object;
export const eventIdAnswer = v.strictObject({ event_id: v.string() });
export const roomIdAnswer = v.strictObject({ room_id: v.string() });
/** https://spec.matrix.org/v1.19/client-server-api/#room-event-format */
export const clientEvent = v.looseObject({
  type: v.string(),
  sender: v.string(),
  content: object,
  event_id: v.string(),
  origin_server_ts: v.number(),
  room_id: v.optional(v.string()),
  state_key: v.optional(v.string()),
  unsigned: v.optional(object),
  // What only servers tell each other must not be here.
  auth_events: v.optional(v.never()),
  prev_events: v.optional(v.never()),
  hashes: v.optional(v.never()),
  signatures: v.optional(v.never()),
  depth: v.optional(v.never()),
});
/** https://spec.matrix.org/v1.19/client-server-api/#stripped-state */
const strippedEvent = v.strictObject({ type: v.string(), state_key: v.string(), sender: v.string(), content: object });

const events = <T extends v.GenericSchema>(event: T) => v.strictObject({ events: v.array(event) });
const typed = v.looseObject({ type: v.string(), content: object });
const unread = v.strictObject({ notification_count: v.number(), highlight_count: v.number() });
const room = v.strictObject({
  timeline: v.optional(v.strictObject({ events: v.array(clientEvent), limited: v.boolean(), prev_batch: v.string() })),
  state: v.optional(events(clientEvent)),
  state_after: v.optional(events(clientEvent)),
  'org.matrix.msc4222.state_after': v.optional(events(clientEvent)),
  summary: v.optional(
    v.strictObject({
      'm.heroes': v.optional(v.array(v.string())),
      'm.joined_member_count': v.optional(v.number()),
      'm.invited_member_count': v.optional(v.number()),
    }),
  ),
  ephemeral: v.optional(events(typed)),
  account_data: v.optional(events(typed)),
  unread_notifications: v.optional(unread),
  unread_thread_notifications: v.optional(v.record(v.string(), unread)),
});
const roomsOf = <T extends v.GenericSchema>(shape: T) => v.optional(v.record(v.string(), shape));

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync */
export const syncAnswer = v.strictObject({
  next_batch: v.string(),
  rooms: v.optional(
    v.strictObject({
      join: roomsOf(room),
      leave: roomsOf(room),
      invite: roomsOf(v.strictObject({ invite_state: events(strippedEvent) })),
      knock: roomsOf(v.strictObject({ knock_state: events(strippedEvent) })),
    }),
  ),
  account_data: v.optional(events(typed)),
  presence: v.optional(events(v.strictObject({ type: v.literal('m.presence'), sender: v.string(), content: object }))),
  to_device: v.optional(events(v.strictObject({ type: v.string(), sender: v.string(), content: object }))),
  device_lists: v.optional(v.strictObject({ changed: v.array(v.string()), left: v.array(v.string()) })),
  device_one_time_keys_count: v.record(v.string(), v.number()),
  device_unused_fallback_key_types: v.array(v.string()),
});

export const tokenAnswer = v.strictObject({
  user_id: v.string(),
  access_token: v.optional(v.string()),
  device_id: v.optional(v.string()),
  home_server: v.string(),
  refresh_token: v.optional(v.string()),
  expires_in_ms: v.optional(v.number()),
  well_known: v.optional(v.strictObject({ 'm.homeserver': v.strictObject({ base_url: v.string() }) })),
});
export const deviceAnswer = v.strictObject({
  device_id: v.string(),
  display_name: v.optional(v.string()),
  last_seen_ip: v.optional(v.string()),
  last_seen_ts: v.optional(v.number()),
});
export const backupAnswer = v.strictObject({
  version: v.string(),
  algorithm: v.string(),
  auth_data: object,
  count: v.number(),
  etag: v.string(),
});
export const backupCountAnswer = v.strictObject({ count: v.number(), etag: v.string() });
export const pushRule = v.looseObject({
  rule_id: v.string(),
  default: v.boolean(),
  enabled: v.boolean(),
  actions: v.array(v.unknown()),
});
const ruleset = v.strictObject({
  override: v.array(pushRule),
  content: v.array(pushRule),
  room: v.array(pushRule),
  sender: v.array(pushRule),
  underride: v.array(pushRule),
});
export const rulesetAnswer = ruleset;
export const pushRulesAnswer = v.strictObject({ global: ruleset });
