// The oracle: what happened in a room, as its creator who never left it reads it in /messages, and what follows from that for
// everybody by the text of the specification alone.
// https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
import type { SyncEvent } from '../../black-box/client.ts';
import { stateKeyOf } from './replica.ts';

const VISIBILITY = 'm.room.history_visibility ';

export class History {
  readonly roomId: string;
  readonly events: readonly SyncEvent[];
  readonly #index: ReadonlyMap<string, number>;
  /** The state after each event: by type and state key, the event. */
  readonly #states: ReadonlyMap<string, SyncEvent>[] = [];

  constructor(roomId: string, events: readonly SyncEvent[]) {
    this.roomId = roomId;
    this.events = events;
    this.#index = new Map(events.map((event, index) => [event.event_id, index]));
    let state: ReadonlyMap<string, SyncEvent> = new Map();
    for (const event of events) {
      if (event.state_key !== undefined) state = new Map(state).set(stateKeyOf(event), event);
      this.#states.push(state);
    }
  }

  /** Where an event stands; undefined for one that never happened. */
  at(eventId: string): number | undefined {
    return this.#index.get(eventId);
  }

  get last(): number {
    return this.events.length - 1;
  }

  /** The state after the event at an index, as event ids. */
  state(index: number): ReadonlyMap<string, string> {
    return new Map([...(this.#states[index] ?? [])].map(([key, event]) => [key, event.event_id]));
  }

  /** A user's membership after the event at an index. */
  membership(index: number, userId: string): string {
    return String(this.#states[index]?.get(`m.room.member ${userId}`)?.content['membership'] ?? 'leave');
  }

  /** Who is joined after the event at an index. */
  joined(index: number): readonly string[] {
    return [...(this.#states[index]?.values() ?? [])]
      .filter((event) => event.type === 'm.room.member' && event.content['membership'] === 'join')
      .map((event) => String(event.state_key));
  }

  /** Index of the last event at or before `until` that took the user out of the room; undefined if none did. */
  lastDeparture(userId: string, until: number): number | undefined {
    for (let index = until; index > 0; index--)
      if (this.membership(index - 1, userId) === 'join' && this.membership(index, userId) !== 'join') return index;
    return undefined;
  }

  /** What a user may see of the events up to an index, who knows nothing of what came later. */
  visibleTo(userId: string, until: number): readonly SyncEvent[] {
    const upTo = this.events.slice(0, until + 1);
    const lastJoin = upTo.findLastIndex(
      (event) => event.type === 'm.room.member' && event.state_key === userId && event.content['membership'] === 'join',
    );
    return upTo.filter((event, index) => this.#sees(userId, event, index, lastJoin > index));
  }

  /** "The rules governing whether a user is allowed to see an event depend on the state of the room at that event." */
  #sees(userId: string, event: SyncEvent, index: number, joinsLater: boolean): boolean {
    const before = {
      visibility: this.#visibility(index - 1),
      membership: this.membership(index - 1, userId),
    };
    const after = {
      visibility: this.#visibility(index),
      membership: this.membership(index, userId),
    };
    if (allows(before.visibility, before.membership, joinsLater)) return true;
    // For a change of the visibility, either visibility; for one's own membership, either membership.
    if (event.type === 'm.room.history_visibility') return allows(after.visibility, before.membership, joinsLater);
    if (event.type === 'm.room.member' && event.state_key === userId)
      return allows(before.visibility, after.membership, joinsLater);
    return false;
  }

  #visibility(index: number): string {
    const event = this.#states[index]?.get(VISIBILITY);
    return String(event?.content['history_visibility'] ?? 'shared');
  }
}

function allows(visibility: string, membership: string, joinsLater: boolean): boolean {
  if (visibility === 'world_readable') return true;
  if (membership === 'join') return true;
  if (visibility === 'shared' && joinsLater) return true;
  return visibility === 'invited' && membership === 'invite';
}
