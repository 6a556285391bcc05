// The push rules that every user begins with. https://spec.matrix.org/v1.19/client-server-api/#predefined-rules
import type { Json, JsonObject } from '../../spec/json.ts';

const SOUND = { set_tweak: 'sound', value: 'default' };
const RING = { set_tweak: 'sound', value: 'ring' };
const HIGHLIGHT = { set_tweak: 'highlight' };

const matches = (key: string, pattern: string): JsonObject => ({ kind: 'event_match', key, pattern });
const is = (key: string, value: Json): JsonObject => ({ kind: 'event_property_is', key, value });
const contains = (key: string, value: Json): JsonObject => ({ kind: 'event_property_contains', key, value });
const TWO_MEMBERS: JsonObject = { kind: 'room_member_count', is: '2' };

function rule(id: string, conditions: readonly JsonObject[], actions: readonly Json[], enabled = true): JsonObject {
  return { rule_id: id, default: true, enabled, conditions, actions };
}

/** The rulesets of a user who has changed nothing, as `GET /pushrules/` shows them. */
export function defaultPushRules(userId: string): JsonObject {
  const override = [
    rule('.m.rule.master', [], [], false),
    rule('.m.rule.suppress_notices', [matches('content.msgtype', 'm.notice')], []),
    rule(
      '.m.rule.invite_for_me',
      [matches('type', 'm.room.member'), matches('content.membership', 'invite'), matches('state_key', userId)],
      ['notify', SOUND],
    ),
    rule('.m.rule.member_event', [matches('type', 'm.room.member')], []),
    rule('.m.rule.is_user_mention', [contains('content.m\\.mentions.user_ids', userId)], ['notify', SOUND, HIGHLIGHT]),
    rule(
      '.m.rule.is_room_mention',
      [is('content.m\\.mentions.room', true), { kind: 'sender_notification_permission', key: 'room' }],
      ['notify', HIGHLIGHT],
    ),
    rule('.m.rule.tombstone', [matches('type', 'm.room.tombstone'), matches('state_key', '')], ['notify', HIGHLIGHT]),
    rule('.m.rule.reaction', [matches('type', 'm.reaction')], []),
    rule('.m.rule.room.server_acl', [matches('type', 'm.room.server_acl'), matches('state_key', '')], []),
    rule('.m.rule.suppress_edits', [is('content.m\\.relates_to.rel_type', 'm.replace')], []),
  ];
  const underride = [
    rule('.m.rule.call', [matches('type', 'm.call.invite')], ['notify', RING]),
    rule('.m.rule.encrypted_room_one_to_one', [TWO_MEMBERS, matches('type', 'm.room.encrypted')], ['notify', SOUND]),
    rule('.m.rule.room_one_to_one', [TWO_MEMBERS, matches('type', 'm.room.message')], ['notify', SOUND]),
    rule('.m.rule.message', [matches('type', 'm.room.message')], ['notify']),
    rule('.m.rule.encrypted', [matches('type', 'm.room.encrypted')], ['notify']),
  ];
  return { global: { override, content: [], room: [], sender: [], underride } };
}
