// One event before one state: what the rules ask about.
import type { Pdu } from '../events/pdu.ts';
import type { RoomVersion } from '../events/room-version.ts';
import { member } from '../spec/json.ts';
import type { AuthState } from './auth-state.ts';
import { PowerLevels } from './power-levels.ts';

export class Situation {
  readonly event: Pdu;
  readonly version: RoomVersion;
  readonly state: AuthState;
  #powerLevels: PowerLevels | undefined;

  constructor(event: Pdu, version: RoomVersion, state: AuthState) {
    this.event = event;
    this.version = version;
    this.state = state;
  }

  get create(): Pdu | undefined {
    return this.state.get('m.room.create', '');
  }

  get powerLevels(): PowerLevels {
    return (this.#powerLevels ??= PowerLevels.of(this.state, this.version));
  }

  get senderLevel(): number {
    return this.powerLevels.levelOf(this.event.sender);
  }

  /** The user's current membership; who never had one counts as having left. */
  membershipOf(userId: string): string {
    const event = this.state.get('m.room.member', userId);
    const membership = event && member(event.content, 'membership');
    return typeof membership === 'string' ? membership : 'leave';
  }

  /** The current join rule: `invite` where none is given, and undefined where what is given is no string. */
  get joinRule(): string | undefined {
    const event = this.state.get('m.room.join_rules', '');
    const joinRule = event && member(event.content, 'join_rule');
    if (joinRule === undefined) return 'invite';
    return typeof joinRule === 'string' ? joinRule : undefined;
  }
}
