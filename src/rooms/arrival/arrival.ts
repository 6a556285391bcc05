// Our users in rooms that nobody of ours is in. https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import type { RoomArrival } from '../../ports/contracts/room-arrival.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { ServerKeys } from '../../ports/contracts/servers-keys.ts';
import type { Pdu } from '../../events/pdu.ts';
import type { Telling } from '../delivery/telling.ts';
import type { SigningKeys } from '../drafting/signing-key.ts';
import type { RoomData } from '../room-data.ts';
import { pduText } from '../serving/pdu-text.ts';
import { carryOver } from '../writing/carry-over.ts';
import { Arriving } from './arriving.ts';
import { draftOfTemplate, type RemoteWish } from './draft.ts';
import { Outside } from './outside.ts';
import { vouchingServers } from './vouching-servers.ts';

export class Arrival implements RoomArrival {
  readonly #data: RoomData;
  readonly #telling: Telling;
  readonly #keys: SigningKeys;
  readonly #outside: Outside;
  readonly #arriving: Arriving;

  constructor(data: RoomData, telling: Telling, keys: SigningKeys) {
    this.#data = data;
    this.#telling = telling;
    this.#keys = keys;
    this.#outside = new Outside(data, telling, keys);
    this.#arriving = new Arriving(data);
  }

  async standing(userId: string): ReturnType<RoomArrival['standing']> {
    return this.#outside.standing(userId);
  }

  async vouchingServers(by: Requester): Promise<readonly string[]> {
    return vouchingServers(this.#data, by);
  }

  async receiveInvite(origin: string, invite: Parameters<RoomArrival['receiveInvite']>[1]): Promise<string> {
    return this.#outside.receiveInvite(origin, invite);
  }

  /** As `Outside.endInvite`. */
  async endInvite(origin: string, pdu: Pdu, keys: readonly ServerKeys[]): Promise<boolean> {
    return this.#outside.endInvite(origin, pdu, keys);
  }

  async draft(by: Requester, wanted: RemoteWish): ReturnType<RoomArrival['draft']> {
    const { actors } = this.#data.env;
    const isLeave = wanted.handshake === 'leave';
    const profile = isLeave ? undefined : await actors.users(by.group).accounts.memberProfile(by.userId);
    const pdu = draftOfTemplate(this.#data, by.userId, wanted, profile, await this.#keys.gather());
    return { eventId: pdu.eventId, event: pduText(pdu) };
  }

  async leave(by: Requester): Promise<void> {
    await this.#outside.leave(by);
  }

  async knocked(by: Requester, knock: Parameters<RoomArrival['knocked']>[1]): Promise<void> {
    await this.#outside.knocked(by, knock);
  }

  async claim(roomVersion: string): ReturnType<RoomArrival['claim']> {
    return this.#outside.isResident ? { kind: 'resident' } : this.#arriving.claim(roomVersion);
  }

  async stage(
    claim: number,
    role: 'auth-chain' | 'state',
    events: readonly string[],
    keys: readonly ServerKeys[],
  ): Promise<void> {
    await this.#arriving.stage(claim, role, events, keys, await this.#keys.gather());
  }

  async finish(claim: number, by: Requester, join: Parameters<RoomArrival['finish']>[2]): Promise<void> {
    const { change, event } = await this.#arriving.finish(claim, by, join, await this.#keys.gather());
    await this.#telling.tell(change, by.group);
    await carryOver(this.#data, by, event.pdu.originServerTs);
  }

  async abandon(claim: number): Promise<void> {
    this.#arriving.abandon(claim);
  }
}
