// What guests, and locked and suspended accounts, may not do. https://spec.matrix.org/v1.19/client-server-api/#account-moderation
import { guestForbidden, userLocked, userSuspended } from '../spec/errors.ts';
import { member } from '../spec/json.ts';
import type { Endpoint, UserCall } from './endpoint.ts';

const WHILE_LOCKED = new Set(['logout', 'logout_all']);

/** What the specification recommends to forbid, and what comes to the same. */
const NOT_WHILE_SUSPENDED = new Set([
  'createRoom',
  'upgradeRoom',
  'joinRoom',
  'joinRoomById',
  'knockRoom',
  'inviteUser',
  'inviteBy3PID',
  'kick',
  'ban',
  'unban',
  'sendMessage',
  'setRoomStateWithKey',
  'setTyping',
  'redactEvent',
  'setProfileField',
  // With a message it is a word to everybody who shares a room, as profile data is; without one it may be said.
  'setPresence',
  'deleteProfileField',
  'setRoomAlias',
  'deleteRoomAlias',
  'setRoomVisibilityOnDirectory',
]);

/** Throws 401 M_USER_LOCKED; called before anything of the request is looked at. */
export function demandUnlocked(endpoint: Endpoint, by: UserCall['by']): void {
  if (by.locked && !WHILE_LOCKED.has(endpoint.operationId)) throw userLocked();
}

/**
 * Throws 403 M_GUEST_ACCESS_FORBIDDEN, before anything of the request is looked at. `field` is the profile field that it names:
 * guests may change their display name and no other. https://spec.matrix.org/v1.19/client-server-api/#guest-access
 */
export function demandOpenToGuests(endpoint: Endpoint, by: UserCall['by'], field: string | undefined): void {
  if (!by.guest) return;
  const open = endpoint.auth === 'user' && endpoint.guests === true;
  if (!open || (field !== undefined && field !== 'displayname')) throw guestForbidden();
}

/** Throws 403 M_USER_SUSPENDED. Leaving, and redacting what one has said oneself, stay possible. */
export async function demandNotSuspended(call: UserCall): Promise<void> {
  const { endpoint, by } = call;
  if (!by.suspended || !NOT_WHILE_SUSPENDED.has(endpoint.operationId)) return;
  if (endpoint.operationId === 'redactEvent' && (await isOwn(call, call.param('eventId')))) return;
  if (endpoint.operationId === 'sendMessage' && call.param('eventType') === 'm.room.redaction') {
    const redacts = member(call.body, 'redacts');
    if (typeof redacts === 'string' && (await isOwn(call, redacts))) return;
  }
  if (endpoint.operationId === 'setRoomStateWithKey' && isOwnLeave(call)) return;
  if (endpoint.operationId === 'setPresence' && (member(call.body, 'status_msg') ?? '') === '') return;
  throw userSuspended();
}

async function isOwn({ env, by, param }: UserCall, eventId: string): Promise<boolean> {
  return (await env.actors.room(param('roomId')).reading.event(by, eventId))['sender'] === by.userId;
}

function isOwnLeave({ by, body, param }: UserCall): boolean {
  return (
    param('eventType') === 'm.room.member' && param('stateKey') === by.userId && member(body, 'membership') === 'leave'
  );
}
