// An event made of what somebody tries to do and of where in the graph they do it. Nothing is hashed or signed.
import type { Pdu } from '../../src/events/pdu.ts';
import { pduOf } from '../../src/events/read-pdu.ts';
import { roomVersion } from '../../src/events/room-versions.ts';
import { member } from '../../src/spec/json.ts';
import type { Act } from './graph-act.ts';
import { domainOf } from './ruling.ts';

/** When generated rooms begin, in milliseconds since 1970. */
export const FIRST_TIMESTAMP = 1_700_000_000_000;

export interface Place {
  readonly version: string;
  readonly id: string;
  /** Left out for the create event of a room of version 12. */
  readonly roomId?: string;
  readonly prevEvents: readonly string[];
  readonly authEvents: readonly string[];
  readonly depth: number;
  /** Milliseconds after `FIRST_TIMESTAMP`. */
  readonly timestamp: number;
}

export function placedAct(act: Act, place: Place): Pdu {
  const version = Number(place.version);
  const references = (ids: readonly string[]) => (version <= 2 ? ids.map((id) => [id, {}]) : ids);
  const signers = [act.sender, member(act.content, 'join_authorised_via_users_server')];
  const json = {
    ...(version <= 2 ? { event_id: place.id } : {}),
    ...(place.roomId === undefined ? {} : { room_id: place.roomId }),
    type: act.type,
    sender: act.sender,
    ...(act.stateKey === undefined ? {} : { state_key: act.stateKey }),
    content: act.redacts !== undefined && version >= 11 ? { ...act.content, redacts: act.redacts } : act.content,
    ...(act.redacts !== undefined && version <= 10 ? { redacts: act.redacts } : {}),
    prev_events: references(place.prevEvents),
    auth_events: references(place.authEvents),
    depth: place.depth,
    origin_server_ts: FIRST_TIMESTAMP + place.timestamp,
    hashes: {},
    signatures: Object.fromEntries(
      signers.filter((user) => typeof user === 'string').map((user) => [domainOf(user) ?? '', { 'ed25519:0': '' }]),
    ),
  };
  return pduOf(json, roomVersion(place.version)!, place.id);
}
