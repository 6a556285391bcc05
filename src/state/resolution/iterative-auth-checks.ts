// Iterative auth checks: each event in its order becomes part of the state if the state, by then, allows it.
// https://spec.matrix.org/v1.19/rooms/v2/#definitions
import type { AuthState } from '../../authorization/auth-state.ts';
import { authorize } from '../../authorization/authorize.ts';
import type { PartialState } from './partial-state.ts';
import type { Resolution } from './resolution.ts';
import type { RoomEvent } from './room-events.ts';

export function iterativeAuthChecks(resolution: Resolution, state: PartialState, sorted: readonly RoomEvent[]): void {
  for (const event of sorted) {
    if (event.rejected === 'by-auth-events') continue;
    if (authorize(event.pdu, resolution.version, authStateFor(resolution, state, event)).allowed) state.set(event);
  }
}

/** The state so far; for a key that it does not hold, the event's own auth event, if that was not rejected. */
function authStateFor(resolution: Resolution, state: PartialState, event: RoomEvent): AuthState {
  return {
    get(type, stateKey) {
      const held = state.get(type, stateKey);
      if (held !== undefined) return held.pdu;
      const isCreate = type === 'm.room.create' && stateKey === '';
      const cited = isCreate ? resolution.createOf(event.number) : resolution.citedFor(event.number, type, stateKey);
      return cited === undefined || cited.rejected !== undefined ? undefined : cited.pdu;
    },
  };
}
