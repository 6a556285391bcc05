// What a Room hands to who sends its events to other servers. https://spec.matrix.org/v1.19/server-server-api/#transactions

export interface RoomSending {
  /** The events as JSON text, as they are now: redacted if they were. Those that are not here are left out. */
  pdus(eventIds: readonly string[]): Promise<readonly string[]>;
}
