// Checks 4 to 6: authorised by the events that it names, by the state before it, and by the current state.
// https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
import { authStateOf, type AuthState } from '../../authorization/auth-state.ts';
import { authorize, checkAuthEvents } from '../../authorization/authorize.ts';
import type { Pdu } from '../../events/pdu.ts';
import { forAuth } from '../auth-content.ts';
import type { RoomData } from '../room-data.ts';
import type { Finding } from './finding.ts';

/** 4. "Passes authorization rules based on the event's auth events, otherwise it is rejected." */
export function authorizedByAuthEvents(data: RoomData, pdu: Pdu): Finding {
  const { version } = data;
  const root = data.byNumber(0);
  // It "cannot be changed" and is "the root of all other events", but rule 1 knows nothing of one that is there already.
  if (pdu.type === 'm.room.create' && root !== undefined && root.pdu.eventId !== pdu.eventId)
    return { outcome: 'rejected', reason: 'second-create' };
  const cited = [];
  for (const id of pdu.authEvents) {
    const event = data.byId(id);
    if (event === undefined) return { outcome: 'rejected', reason: 'auth-event-missing' };
    cited.push({ pdu: forAuth(data, event), rejected: event.verdict === 'rejected' });
  }
  const create = pdu.type === 'm.room.create' || root === undefined ? undefined : forAuth(data, root);
  const named = create === undefined ? undefined : { pdu: create, rejected: false };
  const citation = checkAuthEvents(pdu, version, cited, named);
  if (!citation.allowed) return { outcome: 'rejected', reason: citation.reason };
  // From version 12 on the create event is in no auth_events: the room id names it.
  const events = cited.map((event) => event.pdu);
  const state = authStateOf(version.roomIdIsCreateHash && create !== undefined ? [create, ...events] : events);
  return authorizedBy(data, pdu, state, 'rejected');
}

/** 5. "Passes authorization rules based on the state before the event, otherwise it is rejected." */
export function authorizedByStateBefore(data: RoomData, pdu: Pdu, rootBefore: number): Finding {
  return authorizedBy(data, pdu, stateIn(data, rootBefore), 'rejected');
}

/** 6. "Passes authorization rules based on the current state of the room, otherwise it is soft failed." */
export function authorizedByCurrentState(data: RoomData, pdu: Pdu, root: number): Finding {
  return authorizedBy(data, pdu, stateIn(data, root), 'soft-failed');
}

function authorizedBy(data: RoomData, pdu: Pdu, state: AuthState, otherwise: 'rejected' | 'soft-failed'): Finding {
  const verdict = authorize(pdu, data.version, state);
  return verdict.allowed ? undefined : { outcome: otherwise, reason: verdict.reason };
}

export function stateIn(data: RoomData, root: number): AuthState {
  return {
    get: (type, stateKey) => {
      const event = data.stateEvent(root, type, stateKey);
      return event === undefined ? undefined : forAuth(data, event);
    },
  };
}
