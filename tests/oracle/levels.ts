// Power levels, as each room version reads them. https://spec.matrix.org/v1.19/client-server-api/#mroompower_levels
import type { Pdu } from '../../src/events/pdu.ts';
import { isObject, member, type Json } from '../../src/spec/json.ts';
import { createEventOf, eventAt, type Room, type State } from './ruling.ts';

const WRITTEN_INTEGER = /^\s*[+-]?[0-9]+\s*$/;

/** The level that `value` stands for, or undefined if it stands for none. */
export function levelOf(value: Json | undefined, version: string): number | undefined {
  const number = Number(version);
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return value;
    // Floats: versions 1 to 5, cut off at the decimal point.
    return number <= 5 && Number.isFinite(value) ? Math.trunc(value) : undefined;
  }
  // Strings: until version 9.
  if (typeof value === 'string' && number <= 9 && WRITTEN_INTEGER.test(value)) return Number(value);
  return undefined;
}

/** What the m.room.power_levels event of a state says, with what holds where it is silent or missing. */
export class Levels {
  readonly version: string;
  readonly powerLevels: Pdu | undefined;
  readonly create: Pdu | undefined;

  constructor(version: string, powerLevels: Pdu | undefined, create: Pdu | undefined) {
    this.version = version;
    this.powerLevels = powerLevels;
    this.create = create;
  }

  static of(room: Room, event: Pdu, state: State): Levels {
    return new Levels(room.version, eventAt(room, state, 'm.room.power_levels', ''), createEventOf(room, event, state));
  }

  ofUser(user: string): number {
    if (Number(this.version) >= 12 && this.create !== undefined && creatorsOf(this.create).includes(user))
      return Infinity;
    if (this.powerLevels === undefined) {
      // "If the room contains no m.room.power_levels event, the room's creator has a power level of 100."
      return this.create !== undefined && creatorOf(this.version, this.create) === user ? 100 : 0;
    }
    return this.entry('users', user) ?? this.named('users_default', 0);
  }

  /** The level that an event's type requires. */
  ofEvent(event: Pdu): number {
    const listed = this.entry('events', event.type);
    if (listed !== undefined) return listed;
    return event.stateKey === undefined ? this.named('events_default', 0) : this.named('state_default', 50);
  }

  get invite(): number {
    return this.named('invite', 0);
  }

  get kick(): number {
    return this.named('kick', 50);
  }

  get ban(): number {
    return this.named('ban', 50);
  }

  get redact(): number {
    return this.named('redact', 50);
  }

  private named(name: string, otherwise: number): number {
    if (this.powerLevels === undefined) return otherwise;
    return levelOf(member(this.powerLevels.content, name), this.version) ?? otherwise;
  }

  private entry(property: string, key: string): number | undefined {
    if (this.powerLevels === undefined) return undefined;
    const entries = member(this.powerLevels.content, property);
    return isObject(entries) ? levelOf(member(entries, key), this.version) : undefined;
  }
}

/** The room's one creator: `content.creator` until version 10, the sender of m.room.create from 11 on. */
export function creatorOf(version: string, create: Pdu): string | undefined {
  if (Number(version) >= 11) return create.sender;
  const creator = member(create.content, 'creator');
  return typeof creator === 'string' ? creator : undefined;
}

/** The room creators of version 12. https://spec.matrix.org/v1.19/rooms/v12/#event-format */
export function creatorsOf(create: Pdu): string[] {
  const creators = [create.sender];
  const additional = member(create.content, 'additional_creators');
  if (!Array.isArray(additional)) return creators;
  for (const creator of additional as readonly Json[]) if (typeof creator === 'string') creators.push(creator);
  return creators;
}
