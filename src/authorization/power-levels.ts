// Who may do what, as m.room.power_levels and its defaults say.
// https://spec.matrix.org/v1.19/client-server-api/#mroompower_levels
import type { Pdu } from '../events/pdu.ts';
import type { RoomVersion } from '../events/room-version.ts';
import { isObject, member } from '../spec/json.ts';
import type { JsonObject } from '../spec/json.ts';
import type { AuthState } from './auth-state.ts';
import { creatorsOf } from './creators.ts';
import { readLevel } from './level.ts';

/** The levels that stand at the top of the content, with what holds where they are absent. */
const DEFAULTS = {
  ban: 50,
  events_default: 0,
  invite: 0,
  kick: 50,
  redact: 50,
  state_default: 50,
  users_default: 0,
} as const;

export type LevelName = keyof typeof DEFAULTS;

/** Before there is an m.room.power_levels event the creator of a room of version 1 to 11 has this level. */
const CREATOR_LEVEL = 100;
const NOTIFICATION_LEVEL = 50;

/**
 * The power levels in force. A value that the room version cannot read counts as absent, so that malformed content never
 * gives more than the defaults do. Names are looked up as own members only.
 */
export class PowerLevels {
  readonly #content: JsonObject | undefined;
  readonly #creators: ReadonlySet<string>;
  readonly #version: RoomVersion;

  /**
   * @param content of the current m.room.power_levels event, or undefined where there is none
   * @param create the room's m.room.create event; without it nobody is a creator
   */
  constructor(content: JsonObject | undefined, create: Pdu | undefined, version: RoomVersion) {
    this.#content = content;
    this.#creators = create === undefined ? new Set<string>() : creatorsOf(create, version);
    this.#version = version;
  }

  /** The power levels in `state`. */
  static of(state: AuthState, version: RoomVersion): PowerLevels {
    return new PowerLevels(state.get('m.room.power_levels', '')?.content, state.get('m.room.create', ''), version);
  }

  /** The user's level; Infinity for a creator where creators are privileged (12), above every level that can be written. */
  levelOf(userId: string): number {
    if (this.#creators.has(userId)) {
      if (this.#version.privilegedCreators) return Infinity;
      if (this.#content === undefined) return CREATOR_LEVEL;
    }
    return this.#entry('users', userId) ?? this.level('users_default');
  }

  /** The level needed to send an event of this type: the *required power level*. */
  levelFor(type: string, isState: boolean): number {
    return this.#entry('events', type) ?? this.level(isState ? 'state_default' : 'events_default');
  }

  /** The *invite*, *kick*, *ban* or *redact level*, or one of the three defaults for users and events. */
  level(name: LevelName): number {
    return (this.#content && readLevel(member(this.#content, name), this.#version)) ?? DEFAULTS[name];
  }

  /** The level needed to notify everybody with a notification of this name, such as `room`. */
  levelToNotify(name: string): number {
    return this.#entry('notifications', name) ?? NOTIFICATION_LEVEL;
  }

  isCreator(userId: string): boolean {
    return this.#creators.has(userId);
  }

  #entry(map: 'users' | 'events' | 'notifications', name: string): number | undefined {
    const entries = this.#content && member(this.#content, map);
    return isObject(entries) ? readLevel(member(entries, name), this.#version) : undefined;
  }
}
