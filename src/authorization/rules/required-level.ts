// The required power level of the event's type (rule 7 of versions 6 to 11, else 8).
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
import type { Situation } from '../situation.ts';
import type { Outcome } from '../verdict.ts';

export function requiredLevel({ event, senderLevel, powerLevels }: Situation): Outcome {
  const required = powerLevels.levelFor(event.type, event.stateKey !== undefined);
  return required > senderLevel ? 'below-required-level' : 'continue';
}
