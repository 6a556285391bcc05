// Changes of membership by local users. https://spec.matrix.org/v1.19/client-server-api/#room-membership
import type { Signer } from '../../events/signing-key.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { MembershipChange, Profile } from '../../ports/contracts/room.ts';
import { forbidden, guestForbidden, MatrixError, notFound } from '../../spec/errors.ts';
import { member } from '../../spec/json.ts';
import { serverNoticesUser } from '../../spec/server-notices.ts';
import { Change } from '../change.ts';
import { memberContent, withProfile } from '../drafting/member-content.ts';
import { restrictedJoin } from '../drafting/restricted-join.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { appendOwn } from './events.ts';

/** What has to be asked of others before anything is decided. */
export interface Gathered {
  readonly profile: Profile | undefined;
  /** The member who vouches for a join that the join rule restricts. */
  readonly authorisedVia: string | undefined;
}

/** Throws 404 M_NOT_FOUND if there is no room to join or no local user to invite, 403 M_FORBIDDEN. */
export async function gather(data: RoomData, by: Requester, change: MembershipChange): Promise<Gathered> {
  const { target, membership } = change;
  if (data.begun === undefined && (membership === 'join' || membership === 'knock'))
    throw notFound('There is no such room here.');
  data.groups.learn(by.userId, by.group);
  const group = await data.groups.find(target);
  if (group === undefined && membership === 'invite') {
    if (data.groups.isLocal(target)) throw notFound('There is no such user.');
    throw forbidden('Users of other servers cannot be invited to this room.');
  }
  if (group !== undefined && membership === 'invite' && (await data.env.actors.users(group).data.blocksInvites(target)))
    throw new MatrixError(403, 'M_INVITE_BLOCKED', 'The user takes no invites.');
  const carriesProfile = membership === 'join' || membership === 'invite' || membership === 'knock';
  const profile =
    carriesProfile && group !== undefined
      ? await data.env.actors.users(group).accounts.memberProfile(target)
      : undefined;
  const authorisedVia = membership === 'join' && target === by.userId ? await restrictedJoin(data, by) : undefined;
  return { profile, authorisedVia };
}

/** One commit. Answers the member's event, which is an old one if nothing had to change. */
export function change(
  data: RoomData,
  by: Requester,
  wanted: MembershipChange,
  gathered: Gathered,
  key: Signer,
): { event: StoredEvent | undefined; change: Change } {
  const { result, change: commit } = Change.commit(data, (commit) => {
    if (wanted.membership === 'join' && wanted.target === by.userId) noteGuest(data, by);
    const current = data.members.get(wanted.target);
    if (current?.membership === 'invite') checkRejectable(data, by, wanted);
    if (isDone(wanted, by, current?.membership))
      return current === undefined ? undefined : data.byNumber(current.number);
    const content = memberContent(wanted, gathered.profile, gathered.authorisedVia);
    return appendOwn(commit, { type: 'm.room.member', stateKey: wanted.target, sender: by.userId, content }, key);
  });
  return { event: result, change: commit };
}

/** Whether guests may join. https://spec.matrix.org/v1.19/client-server-api/#mroomguest_access */
export function admitsGuests(data: RoomData): boolean {
  const access = data.stateContent(data.head.root, 'm.room.guest_access', '');
  return access !== undefined && member(access, 'guest_access') === 'can_join';
}

/** Inside a commit, for who is about to join. Throws 403 M_GUEST_ACCESS_FORBIDDEN. */
function noteGuest(data: RoomData, by: Requester): void {
  if (by.guest !== true) {
    if (data.guests.any) data.guests.delete(by.userId);
    return;
  }
  if (!admitsGuests(data)) throw guestForbidden('Guests may not join this room.');
  data.guests.put(by.userId, by.group);
}

/** Whether the membership is what is wanted already. Throws 403 M_FORBIDDEN if the operation has no sense. */
export function isDone(wanted: MembershipChange, by: Requester, current: string | undefined): boolean {
  switch (wanted.operation) {
    case 'join':
      // Who sends their own member event as state, with a content, may want to say something new in it.
      return current === 'join' && wanted.target === by.userId && Object.keys(wanted.content ?? {}).length === 0;
    case 'invite':
      if (current === 'join') throw forbidden('The user is in the room already.');
      if (current === 'ban') throw forbidden('The user is banned from the room.');
      return current === 'invite';
    case 'leave':
      if (current === undefined) throw forbidden('You are not in this room.');
      return current === 'leave';
    case 'kick':
      if (current !== 'join' && current !== 'invite' && current !== 'knock')
        throw forbidden('The user is not in the room.');
      return false;
    case 'unban':
      if (current !== 'ban') throw forbidden('The user is not banned.');
      return false;
    case 'ban':
    case 'knock':
      return false;
  }
}

/**
 * Throws 403 M_CANNOT_LEAVE_SERVER_NOTICE_ROOM for a client that refuses the invite to its server notices room. An account
 * that ends refuses it with all others. https://spec.matrix.org/v1.19/client-server-api/#server-notices
 */
function checkRejectable(data: RoomData, by: Requester, wanted: MembershipChange): void {
  if (wanted.operation !== 'leave' || wanted.target !== by.userId || by.session === undefined) return;
  const creator = data.stateEvent(data.head.root, 'm.room.create', '')?.pdu.sender;
  if (creator === serverNoticesUser(data.env.settings.serverName))
    throw new MatrixError(403, 'M_CANNOT_LEAVE_SERVER_NOTICE_ROOM', 'Invites to server notices cannot be rejected.');
}

/** Puts a changed profile into a joined user's member event. Undefined if there was nothing to change. */
export function followProfile(data: RoomData, userId: string, profile: Profile, key: Signer): Change | undefined {
  const member = data.begun === undefined ? undefined : data.members.get(userId);
  if (member?.membership !== 'join') return undefined;
  const before = data.byNumber(member.number)?.pdu.content ?? { membership: 'join' };
  // Else what belongs to the event that is there, such as its reason, would go for nothing.
  if (before['displayname'] === profile.displayName && before['avatar_url'] === profile.avatarUrl) return undefined;
  const { change: commit } = Change.commit(data, (commit) => {
    const content = withProfile(before, profile);
    return appendOwn(commit, { type: 'm.room.member', stateKey: userId, sender: userId, content }, key);
  });
  return commit;
}
