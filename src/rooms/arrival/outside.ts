// A room that nobody of ours is in, as far as others tell of it: invites of our users, and their knocks.
// https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room
import { pduOf } from '../../events/read-pdu.ts';
import { roomVersion } from '../../events/room-versions.ts';
import { signEvent } from '../../events/sign-event.ts';
import type { RoomArrival } from '../../ports/contracts/room-arrival.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import { buildEvent } from '../../events/build-event.ts';
import { forbidden, incompatibleRoomVersion, invalidParam, MatrixError, notFound } from '../../spec/errors.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
import { member, type JsonObject } from '../../spec/json.ts';
import type { Pdu } from '../../events/pdu.ts';
import { Change } from '../change.ts';
import type { Telling } from '../delivery/telling.ts';
import type { SigningKeys } from '../drafting/signing-key.ts';
import { readSubmitted } from '../handshakes/submitted.ts';
import { withItsHash } from '../receipt/content-hash.ts';
import { keysFor } from '../receipt/key-ring.ts';
import { isSigned } from '../receipt/signatures.ts';
import type { ServerKeys } from '../../ports/contracts/servers-keys.ts';
import type { RoomData } from '../room-data.ts';
import { pduText } from '../serving/pdu-text.ts';
import { introducedBy } from './introduced.ts';

export class Outside {
  readonly #data: RoomData;
  readonly #telling: Telling;
  readonly #keys: SigningKeys;

  constructor(data: RoomData, telling: Telling, keys: SigningKeys) {
    this.#data = data;
    this.#telling = telling;
    this.#keys = keys;
  }

  /** Whether we know the room as well as anybody: somebody of ours is in it, or nobody at all is. */
  get isResident(): boolean {
    const { begun, members, stays, arrivals } = this.#data;
    if (begun === undefined) return false;
    // While the room is brought here again, and after that broke off, nobody knows who else is in it.
    return members.anyLocalJoined() || (!stays.any() && arrivals.get() === undefined);
  }

  standing(userId: string): Awaited<ReturnType<RoomArrival['standing']>> {
    const data = this.#data;
    const member = data.known === undefined ? undefined : data.members.get(userId);
    return {
      resident: this.isResident,
      membership: member?.membership,
      by: member === undefined ? undefined : data.byNumber(member.number)?.pdu.sender,
    };
  }

  async receiveInvite(origin: string, invite: Parameters<RoomArrival['receiveInvite']>[1]): Promise<string> {
    const data = this.#data;
    const version = roomVersion(invite.roomVersion);
    if (version === undefined) throw incompatibleRoomVersion(invite.roomVersion);
    const { eventId } = invite;
    const target = (userId: string): boolean => isUserId(userId) && data.groups.isLocal(userId);
    const expected = { roomId: data.roomId, eventId, origin, membership: 'invite', target };
    const pdu = readSubmitted(invite.event, version, expected);
    const signer = await this.#keys.gather();
    const candidate = { pdu, signatures: 'unverified', transaction: undefined } as const;
    const unsigned = isSigned(version, candidate, keysFor(version, invite.keys, signer));
    if (unsigned !== undefined) throw invalidParam('The invite is not signed by its server.');
    const introduction = introducedBy(invite.introduction, version, data.roomId, {
      proven: version.roomIdIsCreateHash,
    });
    const invited = pdu.stateKey ?? '';
    const group = await data.groups.find(invited);
    if (group === undefined) throw notFound('There is no such user here.');
    if (await data.env.actors.users(group).data.blocksInvites(invited))
      throw new MatrixError(403, 'M_INVITE_BLOCKED', 'The user takes no invites.');
    const signed = pduOf(signEvent(pdu.json, version, signer), version, pdu.eventId);
    if (!this.isResident) await this.#note(invite.roomVersion, signed, introduction);
    return pduText(signed);
  }

  async knocked(by: Requester, knock: Parameters<RoomArrival['knocked']>[1]): Promise<void> {
    const version = roomVersion(knock.roomVersion);
    if (version === undefined) throw incompatibleRoomVersion(knock.roomVersion);
    const data = this.#data;
    if (this.isResident) return;
    const introduction = introducedBy(knock.introduction, version, data.roomId, { proven: false });
    const origin = data.env.settings.serverName;
    const expected = { roomId: data.roomId, eventId: knock.eventId, origin, membership: 'knock' };
    const pdu = readSubmitted(knock.event, version, expected);
    if (pdu.sender !== by.userId) throw invalidParam('The knock is of another user.');
    data.groups.learn(by.userId, by.group);
    await this.#note(knock.roomVersion, pdu, introduction, by.group);
  }

  async leave(by: Requester): Promise<void> {
    const data = this.#data;
    const { known } = data;
    const current = known === undefined ? undefined : data.members.get(by.userId)?.membership;
    if (known === undefined || current === undefined) throw forbidden('You are not in this room.');
    if (this.isResident || current === 'join') throw new Error('who is in a room leaves it by an event');
    if (current !== 'invite' && current !== 'knock') return;
    data.groups.learn(by.userId, by.group);
    const signer = await this.#keys.gather();
    // An event that nobody else ever sees: our users are told of their memberships by events.
    const pdu = buildEvent(
      {
        type: 'm.room.member',
        sender: by.userId,
        stateKey: by.userId,
        roomId: data.roomId,
        content: { membership: 'leave' },
        prevEvents: [],
        authEvents: [],
        depth: 1,
        originServerTs: data.env.clock.now(),
        eventId: `$left${known.eventCount}:${data.env.settings.serverName}`,
      },
      data.version,
      signer,
    );
    await this.#note(known.version, pdu, undefined, by.group);
  }

  /**
   * Whether an event that `origin` has sent ends an invite to a room that nobody of ours is in; if so, it has ended. Whether
   * the event may stand in the room we cannot tell: so only who has invited a user is believed to have thought better of it.
   */
  async endInvite(origin: string, pdu: Pdu, keys: readonly ServerKeys[]): Promise<boolean> {
    const data = this.#data;
    if (!this.#takesBack(origin, pdu)) return false;
    const signer = await this.#keys.gather();
    const candidate = { pdu, signatures: 'unverified', transaction: undefined } as const;
    if (isSigned(data.version, candidate, keysFor(data.version, keys, signer)) !== undefined) return false;
    const honest = withItsHash(data.version, candidate);
    await data.groups.find(pdu.stateKey ?? '');
    // Others had turns meanwhile.
    if (!this.#takesBack(origin, honest.pdu)) return false;
    await this.#note(data.version.id, honest.pdu, undefined);
    return true;
  }

  #takesBack(origin: string, pdu: Pdu): boolean {
    const data = this.#data;
    const { stateKey: userId, sender, depth } = pdu;
    if (data.known === undefined || pdu.roomId !== data.roomId || pdu.type !== 'm.room.member') return false;
    if (userId === undefined || serverOf(sender) !== origin) return false;
    const membership = member(pdu.content, 'membership');
    if (membership !== 'leave' && membership !== 'ban') return false;
    const current = data.groups.isLocal(userId) ? data.members.get(userId) : undefined;
    const invite = current?.membership === 'invite' ? data.byNumber(current.number)?.pdu : undefined;
    // An end that comes late, after the next invite, is not that one's.
    return invite !== undefined && invite.sender === sender && depth > invite.depth && !this.isResident;
  }

  /** One commit, and who is concerned is told. Nothing happens where the same was noted before. */
  async #note(
    version: string,
    pdu: Pdu,
    introduction: readonly JsonObject[] | undefined,
    group?: number,
  ): Promise<void> {
    const data = this.#data;
    const { change } = Change.commitOutside(data, version, (commit) => {
      const known = data.byId(pdu.eventId);
      const current = data.members.get(pdu.stateKey ?? '');
      if (known !== undefined && current?.number === known.number) return;
      // Who is banned from a room that we knew stays so until somebody who is in it says otherwise, as far as we know.
      const byMember = data.members.anyJoined(serverOf(pdu.sender), '');
      if (current?.membership === 'ban' && data.begun !== undefined && !byMember) return;
      const event = known ?? commit.appendOutlier(pdu, 'accepted', undefined);
      if (introduction !== undefined) data.introductions.put(event.number, introduction);
      commit.noteFromOutside(event);
    });
    await this.#telling.tell(change, group);
  }
}
