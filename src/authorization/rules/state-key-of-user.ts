// A state key that begins with `@` is its user's own (rule 8 of versions 6 to 11, else 9).
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import type { Situation } from '../situation.ts';
import type { Outcome } from '../verdict.ts';

export function stateKeyOfUser({ event }: Situation): Outcome {
  const isForeign = event.stateKey?.startsWith('@') === true && event.stateKey !== event.sender;
  return isForeign ? 'state-key-of-another-user' : 'continue';
}
