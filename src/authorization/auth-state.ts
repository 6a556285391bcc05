// The state an event is judged by: its auth events, the state before it, or the current state. The rules are the same.
// https://spec.matrix.org/v1.19/server-server-api/#authorisation-rules
import type { Pdu } from '../events/pdu.ts';

/**
 * Room state by (type, state key). It must know the `m.room.create` event in every room version: from version 12 on that
 * event is in no `auth_events`, and whoever builds the state adds the one that the room id names.
 */
export interface AuthState {
  get(type: string, stateKey: string): Pdu | undefined;
}

/** The state made of `events`; of two events for one key the later wins, and events without a state key are left out. */
export function authStateOf(events: Iterable<Pdu>): AuthState {
  const byType = new Map<string, Map<string, Pdu>>();
  for (const event of events) {
    if (event.stateKey === undefined) continue;
    let byStateKey = byType.get(event.type);
    if (byStateKey === undefined) byType.set(event.type, (byStateKey = new Map<string, Pdu>()));
    byStateKey.set(event.stateKey, event);
  }
  return { get: (type, stateKey) => byType.get(type)?.get(stateKey) };
}
