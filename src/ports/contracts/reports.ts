// What users report as inappropriate, for an administrator to read.
// https://spec.matrix.org/v1.19/client-server-api/#reporting-content

export interface NewReport {
  readonly reporter: string;
  readonly kind: 'event' | 'room' | 'user';
  /** Of an event or a room. Rooms and users are noted whether they exist or not. */
  readonly roomId?: string;
  readonly eventId?: string;
  /** The user, or the sender of the event. */
  readonly userId?: string;
  /** In the reporter's words, perhaps none. */
  readonly reason: string;
}

export interface Report extends NewReport {
  /** Greater than that of every earlier report. */
  readonly id: number;
  /** When, in milliseconds since the epoch. */
  readonly at: number;
}
