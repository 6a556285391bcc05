// What a Room tells of an event so that push rules can be evaluated where its readers live.
// https://spec.matrix.org/v1.19/client-server-api/#push-rules
import type { JsonObject } from '../../spec/json.ts';

export interface PushFacts {
  readonly content: JsonObject;
  /** The event id of the thread's root, or `main`. */
  readonly threadId: string;
  /** How many users are joined. */
  readonly joined: number;
  /** The sender's power level; 2^53 − 1 where nobody can have more. */
  readonly senderLevel: number;
  /** The levels that the power levels name for notifications. What is not named takes 50. */
  readonly notificationLevels: readonly (readonly [name: string, level: number])[];
}
