// Which state events give the sender permission to send an event.
// https://spec.matrix.org/v1.19/server-server-api/#auth-events-selection
import type { RoomVersion } from '../events/room-version.ts';
import { isObject, member } from '../spec/json.ts';
import type { JsonObject } from '../spec/json.ts';

/** What of an event the selection depends on; a whole PDU will do. */
export interface EventDraft {
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string | undefined;
  readonly content: JsonObject;
}

export interface StateAddress {
  readonly type: string;
  readonly stateKey: string;
}

/**
 * The state that `draft` has to cite in `auth_events`, as far as the room has it: each address once, in the order of the
 * specification. The create event cites nothing.
 */
export function authEventsFor(draft: EventDraft, version: RoomVersion): readonly StateAddress[] {
  if (draft.type === 'm.room.create') return [];
  const selected: StateAddress[] = [];
  if (!version.roomIdIsCreateHash) selected.push({ type: 'm.room.create', stateKey: '' });
  selected.push({ type: 'm.room.power_levels', stateKey: '' });
  selected.push({ type: 'm.room.member', stateKey: draft.sender });
  if (draft.type === 'm.room.member') selected.push(...forMember(draft, version));
  return selected.filter((address, index) => selected.findIndex((other) => isSame(address, other)) === index);
}

export function isSame(one: StateAddress, other: StateAddress): boolean {
  return one.type === other.type && one.stateKey === other.stateKey;
}

function forMember(draft: EventDraft, version: RoomVersion): StateAddress[] {
  const selected: StateAddress[] = [];
  const membership = member(draft.content, 'membership');
  if (draft.stateKey !== undefined) selected.push({ type: 'm.room.member', stateKey: draft.stateKey });
  if (membership === 'join' || membership === 'invite' || membership === 'knock') {
    selected.push({ type: 'm.room.join_rules', stateKey: '' });
  }
  if (membership === 'invite') {
    const token = thirdPartyToken(draft.content);
    if (token !== undefined) selected.push({ type: 'm.room.third_party_invite', stateKey: token });
  }
  if (membership === 'join' && version.restrictedJoins) {
    const authorisingUser = member(draft.content, 'join_authorised_via_users_server');
    if (typeof authorisingUser === 'string') selected.push({ type: 'm.room.member', stateKey: authorisingUser });
  }
  return selected;
}

function thirdPartyToken(content: JsonObject): string | undefined {
  const invite = member(content, 'third_party_invite');
  const signed = isObject(invite) ? member(invite, 'signed') : undefined;
  const token = isObject(signed) ? member(signed, 'token') : undefined;
  return typeof token === 'string' ? token : undefined;
}
