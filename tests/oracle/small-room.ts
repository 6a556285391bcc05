// A room made by hand, event by event, for the tests of the oracles. Nothing is hashed or signed.
import type { Pdu } from '../../src/events/pdu.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import type { Act } from './graph-act.ts';
import { historyOf, stateAt, type History } from './history.ts';
import { placedAct, type Place } from './placed-act.ts';
import { domainOf, placeOf, type Ruling } from './ruling.ts';
import { authEventsSelected } from './selection.ts';

export const ALICE = '@alice:a.example';
export const BOB = '@bob:b.example';
export const CHARLIE = '@charlie:c.example';

export interface Placing {
  /** Its prev_events; the event sent last if left out. */
  readonly after?: readonly string[];
  readonly authEvents?: readonly string[];
  readonly timestamp?: number;
}

/** A public room of Alice's, with her in it and power levels, unless it should be `empty`. */
export class SmallRoom {
  readonly version: string;
  readonly events = new Map<string, Pdu>();
  private last: string | undefined;

  constructor(version: string, first: JsonObject = {}) {
    this.version = version;
    const creator = Number(version) <= 10 ? { creator: ALICE } : {};
    this.send(put(ALICE, 'm.room.create', '', { room_version: version, ...creator, ...first }), { after: [] });
    this.send(membership(ALICE, ALICE, 'join'));
    this.send(put(ALICE, 'm.room.power_levels', '', { users: Number(version) <= 11 ? { [ALICE]: 100 } : {} }));
    this.send(put(ALICE, 'm.room.join_rules', '', { join_rule: 'public' }));
  }

  /** Adds an event and gives its id. */
  send(act: Act, { after, authEvents, timestamp }: Placing = {}): string {
    const number = this.events.size;
    const prevEvents = after ?? (this.last === undefined ? [] : [this.last]);
    const id = Number(this.version) <= 2 ? `$${number}:${domainOf(act.sender)}` : `$${number}`;
    const isHashed = Number(this.version) >= 12;
    const place: Place = {
      version: this.version,
      id,
      ...(number === 0 && isHashed ? {} : { roomId: isHashed ? '!0' : '!room:a.example' }),
      prevEvents,
      authEvents: [],
      depth: number + 1,
      timestamp: timestamp ?? number,
    };
    const state = stateAt(this.history(), prevEvents);
    const selected = authEventsSelected(this.version, placedAct(act, place), state);
    this.events.set(id, placedAct(act, { ...place, authEvents: authEvents ?? selected }));
    this.last = id;
    return id;
  }

  history(): History {
    return historyOf(this.version, this.events);
  }

  ruling(id: string): Ruling {
    return this.history().rulings.get(id)!;
  }

  /** Who holds a place after some events. */
  holder(type: string, stateKey: string, after: readonly string[]): string | undefined {
    return stateAt(this.history(), after).get(placeOf(type, stateKey));
  }
}

export function put(sender: string, type: string, stateKey: string, content: JsonObject): Act {
  return { type, sender, stateKey, content };
}

export function membership(sender: string, target: string, value: string, more: JsonObject = {}): Act {
  return put(sender, 'm.room.member', target, { membership: value, ...more });
}

export function message(sender: string): Act {
  return { type: 'm.room.message', sender, content: { body: 'hello' } };
}
