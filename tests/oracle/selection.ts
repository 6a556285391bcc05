// Which places of the room's state an event must have in its auth_events.
// https://spec.matrix.org/v1.19/server-server-api/#auth-events-selection
import type { Pdu } from '../../src/events/pdu.ts';
import { isObject, member } from '../../src/spec/json.ts';
import { placeOf, type State } from './ruling.ts';

/** The places (`type\0state_key`) that the selection names for `event`, filled or not. */
export function placesSelected(version: string, event: Pdu): string[] {
  if (event.type === 'm.room.create') return [];
  const places: string[] = [];
  if (Number(version) < 12) places.push(placeOf('m.room.create', ''));
  places.push(placeOf('m.room.power_levels', ''));
  places.push(placeOf('m.room.member', event.sender));
  if (event.type !== 'm.room.member') return places;

  const membership = member(event.content, 'membership');
  if (event.stateKey !== undefined) places.push(placeOf('m.room.member', event.stateKey));
  if (membership === 'join' || membership === 'invite' || membership === 'knock')
    places.push(placeOf('m.room.join_rules', ''));
  const thirdPartyInvite = member(event.content, 'third_party_invite');
  if (membership === 'invite' && isObject(thirdPartyInvite)) {
    const signed = member(thirdPartyInvite, 'signed');
    const token = isObject(signed) ? member(signed, 'token') : undefined;
    if (typeof token === 'string') places.push(placeOf('m.room.third_party_invite', token));
  }
  const authorisedVia = member(event.content, 'join_authorised_via_users_server');
  if (membership === 'join' && typeof authorisedVia === 'string' && Number(version) >= 8)
    places.push(placeOf('m.room.member', authorisedVia));
  return [...new Set(places)];
}

/** The ids that `event` should have as auth_events if the state before it is `state`. */
export function authEventsSelected(version: string, event: Pdu, state: State): string[] {
  return placesSelected(version, event).flatMap((place) => state.get(place) ?? []);
}
