// What the hostile server keeps of a room: all events that it was given or made, and the state as it stands to it.
import { buildEvent } from '../../../src/events/build-event.ts';
import type { Pdu } from '../../../src/events/pdu.ts';
import { readPdu } from '../../../src/events/read-pdu.ts';
import { roomVersion } from '../../../src/events/room-versions.ts';
import type { Signer } from '../../../src/events/signing-key.ts';
import { type Json, type JsonObject, member } from '../../../src/spec/json.ts';
import { placesSelected } from '../../oracle/selection.ts';
import { placeOf } from '../../oracle/ruling.ts';

export interface Wish {
  readonly type: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  readonly sender?: string;
  readonly prevEvents?: readonly string[];
  readonly authEvents?: readonly string[];
  readonly redacts?: string;
}

const TIPS_MAX = 10;

export class HostileRoom {
  readonly roomId: string;
  readonly version: string;
  readonly events = new Map<string, Pdu>();
  /** By type and state key. The last that came wins: who lies need not resolve anything. */
  readonly state = new Map<string, string>();
  /** States as they were, oldest first. */
  readonly pastStates: ReadonlyMap<string, string>[] = [];
  /** What nothing known comes after. */
  tips: string[] = [];
  /** Own events, in the order in which they were made. */
  readonly own: Pdu[] = [];
  readonly #eve: string;
  readonly #signer: Signer;

  constructor(roomId: string, version: string, eve: string, signer: Signer) {
    this.roomId = roomId;
    this.version = version;
    this.#eve = eve;
    this.#signer = signer;
  }

  /** Takes what another server says that there is; undefined if it is no event. */
  take(json: Json, isPast = false): Pdu | undefined {
    const reading = readPdu(json, roomVersion(this.version)!);
    if (!reading.ok) return undefined;
    const known = this.events.get(reading.pdu.eventId);
    if (known) return known;
    this.keep(reading.pdu, isPast);
    return reading.pdu;
  }

  keep(pdu: Pdu, isPast = false): void {
    this.events.set(pdu.eventId, pdu);
    if (isPast) return;
    this.tips = [...this.tips.filter((tip) => !pdu.prevEvents.includes(tip)), pdu.eventId].slice(-TIPS_MAX);
    if (pdu.stateKey === undefined) return;
    this.pastStates.push(new Map(this.state));
    this.state.set(placeOf(pdu.type, pdu.stateKey), pdu.eventId);
  }

  /** An event, hashed and signed with our own key whoever it says has sent it. It is not kept. */
  make(wish: Wish, at: number): Pdu {
    const sender = wish.sender ?? this.#eve;
    const prevEvents = wish.prevEvents ?? this.tips;
    const depth = Math.max(0, ...prevEvents.map((id) => this.events.get(id)?.depth ?? 0)) + 1;
    const draft = {
      type: wish.type,
      sender,
      roomId: this.roomId,
      stateKey: wish.stateKey,
      content: wish.content,
      prevEvents,
      authEvents: [],
      depth,
      originServerTs: at,
      redacts: wish.redacts,
    };
    const version = roomVersion(this.version)!;
    const authEvents = wish.authEvents ?? this.authEventsFor(buildEvent(draft, version, this.#signer));
    return buildEvent({ ...draft, authEvents }, version, this.#signer);
  }

  authEventsFor(event: Pdu, state: ReadonlyMap<string, string> = this.state): string[] {
    return placesSelected(this.version, event).flatMap((place) => state.get(place) ?? []);
  }

  membershipOf(userId: string): unknown {
    const event = this.events.get(this.state.get(placeOf('m.room.member', userId)) ?? '');
    return event && member(event.content, 'membership');
  }

  authChainOf(ids: Iterable<string>): string[] {
    const chain = new Set<string>();
    const walk = [...ids];
    for (let id = walk.pop(); id !== undefined; id = walk.pop())
      for (const next of this.events.get(id)?.authEvents ?? [])
        if (!chain.has(next)) {
          chain.add(next);
          walk.push(next);
        }
    return [...chain];
  }
}
