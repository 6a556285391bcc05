// Rule 3 (4 from version 12 on): a room with `m.federate` false is for users of its creator's server.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import { member } from '../../spec/json.ts';
import { isSameServer } from '../same-server.ts';
import type { Situation } from '../situation.ts';
import type { Outcome } from '../verdict.ts';

export function federate({ event, create }: Situation): Outcome {
  // Without its create event nothing can be said about a room, so nothing is allowed in it.
  if (create === undefined) return 'no-create-event';
  if (member(create.content, 'm.federate') !== false) return 'continue';
  return isSameServer(event.sender, create.sender) ? 'continue' : 'room-does-not-federate';
}
