// What a server is sent of a room that its user is invited to or knocks on, as whole events.
// https://spec.matrix.org/v1.19/client-server-api/#stripped-state
import { STRIPPED_STATE_TYPES } from '../../events/stripped-state.ts';
import type { RoomData } from '../room-data.ts';
import { pduText } from '../serving/pdu-text.ts';

export function introductionTo(data: RoomData, root: number, inviter: string | undefined): string[] {
  const events = STRIPPED_STATE_TYPES.flatMap((type) => data.stateEvent(root, type, '') ?? []);
  const by = inviter === undefined ? undefined : data.stateEvent(root, 'm.room.member', inviter);
  return [...events, ...(by === undefined ? [] : [by])].map(({ pdu }) => pduText(pdu));
}
