// Rule 4 of versions 1 to 5: m.room.aliases, which each server keeps under its own name and may set without being in the room.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import { serverOf } from '../../spec/identifiers/user-id.ts';
import type { Situation } from '../situation.ts';
import type { Outcome } from '../verdict.ts';

export function aliases({ event }: Situation): Outcome {
  if (event.type !== 'm.room.aliases') return 'continue';
  if (event.stateKey === undefined) return 'aliases-without-state-key';
  return serverOf(event.sender) === event.stateKey ? 'allow' : 'aliases-of-another-server';
}
