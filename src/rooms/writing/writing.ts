// What clients write into a room: gather what is to be asked of others, decide and write in one commit, then tell.
import type { ClientTransaction, Requester } from '../../ports/contracts/requester.ts';
import type { MembershipChange, NewEvent, Profile, RoomStep, RoomWriting } from '../../ports/contracts/room.ts';
import { badJson } from '../../spec/errors.ts';
import { member, type JsonObject } from '../../spec/json.ts';
import type { Moved } from '../change.ts';
import type { Telling } from '../delivery/telling.ts';
import type { SigningKeys } from '../drafting/signing-key.ts';
import type { Ephemeral } from '../ephemeral/ephemeral.ts';
import { checkCanonicalAlias } from '../lifecycle/aliases.ts';
import { Guests } from '../lifecycle/guests.ts';
import type { Listings } from '../lifecycle/listing.ts';
import type { RoomData } from '../room-data.ts';
import { carryOver } from './carry-over.ts';
import { createRoom, gatherForCreate } from './create.ts';
import { asMembershipChange, checkSendable, demandJoined, earlier, sendOnce } from './events.ts';
import { change, followProfile, gather } from './membership.ts';
import { redactionWish } from './redaction.ts';

interface Sent {
  readonly eventId: string;
}

export class Writing implements RoomWriting {
  readonly #data: RoomData;
  readonly #telling: Telling;
  readonly #ephemeral: Ephemeral;
  readonly #keys: SigningKeys;
  readonly #listings: Listings;
  readonly #guests: Guests;

  constructor(data: RoomData, telling: Telling, ephemeral: Ephemeral, keys: SigningKeys, listings: Listings) {
    this.#data = data;
    this.#telling = telling;
    this.#ephemeral = ephemeral;
    this.#keys = keys;
    this.#listings = listings;
    this.#guests = new Guests(data, keys);
  }

  async create(by: Requester, pdu: JsonObject, steps: readonly RoomStep[]): Promise<void> {
    const gathered = await gatherForCreate(this.#data, by, steps);
    const key = await this.#keys.gather();
    const commit = createRoom(this.#data, by, pdu, steps, gathered, key, () => this.#listings.write(true));
    try {
      await this.tell(commit, by.group);
    } catch (error) {
      // The room is there, and nobody can ask for the same one again: /sync tells of it once the group can be reached.
      this.#data.env.log.warn('who began a room cannot be shown it yet', { error: String(error) });
    }
    await this.#listings.tell();
    await carryOver(this.#data, by, this.#data.env.clock.now());
  }

  async send(by: Requester, event: NewEvent, transaction: ClientTransaction | undefined): Promise<Sent> {
    this.#learn(by);
    if (event.type !== 'm.room.member' || event.stateKey === undefined) demandJoined(this.#data, by, transaction);
    checkSendable(this.#data, event);
    if (event.type === 'm.room.member' && event.stateKey !== undefined) {
      return this.#changeMembership(by, asMembershipChange(this.#data, by, event.stateKey, event.content));
    }
    if (event.type === 'm.room.redaction' && event.stateKey === undefined)
      return this.#sendRedaction(by, event.content, transaction);
    if (event.type === 'm.room.canonical_alias' && event.stateKey === '')
      await checkCanonicalAlias(this.#data, event.content);
    const key = this.#keys.key ?? (await this.#keys.gather());
    const wish = { type: event.type, stateKey: event.stateKey, sender: by.userId, content: event.content };
    const sent = sendOnce(this.#data, by, wish, key, transaction);
    if (event.stateKey === undefined) this.#ephemeral.stopTyping(by.userId);
    await this.tell(sent.change, by.group);
    return { eventId: sent.event.pdu.eventId };
  }

  async changeMembership(by: Requester, wanted: MembershipChange): Promise<void> {
    await this.#changeMembership(by, wanted);
  }

  async redact(
    by: Requester,
    eventId: string,
    content: JsonObject,
    transaction: ClientTransaction | undefined,
  ): Promise<Sent> {
    this.#learn(by);
    demandJoined(this.#data, by, transaction);
    checkSendable(this.#data, { type: 'm.room.redaction', content });
    const key = this.#keys.key ?? (await this.#keys.gather());
    const before = transaction === undefined ? undefined : earlier(this.#data, by, transaction);
    if (before !== undefined) return { eventId: before.pdu.eventId };
    const sent = sendOnce(this.#data, by, redactionWish(this.#data, by, eventId, content), key, transaction);
    await this.tell(sent.change, by.group);
    return { eventId: sent.event.pdu.eventId };
  }

  async profileChanged(userId: string, profile: Profile): Promise<void> {
    const key = await this.#keys.gather();
    const group = await this.#data.groups.find(userId);
    await this.tell(followProfile(this.#data, userId, profile, key), group);
  }

  async senderErased(userId: string): Promise<void> {
    if (this.#data.begun !== undefined) this.#data.erasures.add(userId);
  }

  /** A redaction sent as an event is the same as one asked for by its own endpoint. */
  async #sendRedaction(by: Requester, content: JsonObject, transaction: ClientTransaction | undefined): Promise<Sent> {
    const redacts = member(content, 'redacts');
    if (typeof redacts !== 'string') throw badJson('A redaction names what it redacts.');
    return this.redact(by, redacts, content, transaction);
  }

  async #changeMembership(by: Requester, wanted: MembershipChange): Promise<Sent> {
    const { target, content } = wanted;
    // Before anything is asked or said of the other: a stranger learns nothing of who is here.
    if (target !== by.userId) demandJoined(this.#data, by, undefined);
    if (content !== undefined) checkSendable(this.#data, { type: 'm.room.member', stateKey: target, content });
    const gathered = await gather(this.#data, by, wanted);
    const key = await this.#keys.gather();
    const made = change(this.#data, by, wanted, gathered, key);
    if (wanted.membership !== 'join') this.#ephemeral.stopTyping(wanted.target);
    await this.tell(made.change, by.group);
    if (wanted.membership === 'join' && made.event !== undefined)
      await carryOver(this.#data, by, made.event.pdu.originServerTs);
    return { eventId: made.event?.pdu.eventId ?? '' };
  }

  #learn(by: Requester): void {
    this.#data.groups.learn(by.userId, by.group);
  }

  /** Answers once the sender's group has what was caused, now or by the same request before. Throws if it cannot be told. */
  async tell(change: Moved | undefined, group: number | undefined): Promise<void> {
    this.#data.env.failpoint('rooms.committed');
    await this.#telling.tell(change, group);
    if (change?.wrote === true && this.#guests.isDue) await this.guestsLeave();
  }

  /** Has guests leave who may be in the room no longer. True if some still have to; never throws. */
  async guestsLeave(): Promise<boolean> {
    try {
      await this.#guests.leave(async (change) => {
        this.#data.env.failpoint('rooms.guests-left');
        await this.#telling.tell(change, undefined);
      });
    } catch (error) {
      this.#data.env.log.warn('guests could not leave a room', { error: String(error) });
    }
    return this.#guests.isDue;
  }
}
