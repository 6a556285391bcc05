// Users of other servers who come in, leave, knock and are invited. https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import type { Handshake, RoomHandshakes } from '../../ports/contracts/room-handshakes.ts';
import type { MembershipChange } from '../../ports/contracts/room.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { ServerKeys } from '../../ports/contracts/servers-keys.ts';
import { invalidParam } from '../../spec/errors.ts';
import type { Change } from '../change.ts';
import type { Telling } from '../delivery/telling.ts';
import type { SigningKeys } from '../drafting/signing-key.ts';
import type { RoomData } from '../room-data.ts';
import { pduText } from '../serving/pdu-text.ts';
import { acceptEvent, coSigned } from './acceptance.ts';
import { demandResident } from './admission.ts';
import { introductionTo } from './introduction.ts';
import { demandSignedBy, draftInvite } from './invite.ts';
import { readSubmitted } from './submitted.ts';
import { makeTemplate, type Wanted } from './template.ts';
import { voucherFor } from './voucher.ts';

export class Handshakes implements RoomHandshakes {
  readonly #data: RoomData;
  readonly #telling: Telling;
  readonly #keys: SigningKeys;

  constructor(data: RoomData, telling: Telling, keys: SigningKeys) {
    this.#data = data;
    this.#telling = telling;
    this.#keys = keys;
  }

  async isResident(): Promise<boolean> {
    return this.#data.begun !== undefined && this.#data.members.anyLocalJoined();
  }

  async template(origin: string, wanted: Wanted): ReturnType<RoomHandshakes['template']> {
    return makeTemplate(this.#data, origin, wanted);
  }

  async accept(
    origin: string,
    handshake: Handshake,
    eventId: string,
    text: string,
    keys: readonly ServerKeys[],
  ): ReturnType<RoomHandshakes['accept']> {
    const data = this.#data;
    demandResident(data, origin);
    const expected = { roomId: data.roomId, eventId, origin, membership: handshake };
    const submitted = readSubmitted(text, data.version, expected);
    const voucher = handshake === 'join' ? await voucherFor(data, submitted.sender) : undefined;
    const signer = await this.#keys.gather();
    // Others had turns meanwhile.
    demandResident(data, origin);
    const { event, change } = acceptEvent(data, coSigned(data, submitted, voucher, signer), keys, signer);
    await this.#tell(change);
    const introduction = handshake === 'knock' ? introductionTo(data, event.rootBefore, undefined) : [];
    return { event: pduText(event.pdu), introduction };
  }

  async draftInvite(by: Requester, change: MembershipChange): ReturnType<RoomHandshakes['draftInvite']> {
    const data = this.#data;
    const signer = await this.#keys.gather();
    const pdu = draftInvite(data, by, change, signer);
    if (pdu === undefined) return undefined;
    return {
      roomVersion: data.version.id,
      eventId: pdu.eventId,
      event: pduText(pdu),
      introduction: introductionTo(data, data.head.root, by.userId),
    };
  }

  async completeInvite(
    by: Requester,
    target: string,
    eventId: string,
    text: string,
    keys: readonly ServerKeys[],
  ): Promise<void> {
    const data = this.#data;
    const signer = await this.#keys.gather();
    const origin = data.env.settings.serverName;
    const isTarget = (userId: string): boolean => userId === target;
    const expected = { roomId: data.roomId, eventId, origin, membership: 'invite', target: isTarget };
    const pdu = readSubmitted(text, data.version, expected);
    if (pdu.sender !== by.userId) throw invalidParam('The invite is of another user.');
    demandSignedBy(data, pdu, keys, signer);
    const { change } = acceptEvent(data, pdu, keys, signer);
    await this.#telling.tell(change, by.group);
  }

  /** Another server does not wait for our groups. */
  async #tell(change: Change | undefined): Promise<void> {
    if (change !== undefined) await this.#telling.tell(change, undefined);
  }
}
