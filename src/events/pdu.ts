// One event as its room version's format gives it. https://spec.matrix.org/v1.19/server-server-api/#pdus
import type { JsonObject } from '../spec/json.ts';

/**
 * A persistent data unit whose format has been checked. Content is a stranger's: nothing about its shape is promised.
 *
 * `eventId` is computed by us (room versions 3 and later) or carried (1 and 2); `roomId` of a version 12 create event is
 * derived from its event id; `redacts` is taken from where the room version puts it.
 */
export interface Pdu {
  readonly eventId: string;
  readonly roomId: string;
  readonly type: string;
  readonly sender: string;
  readonly stateKey: string | undefined;
  readonly content: JsonObject;
  readonly prevEvents: readonly string[];
  readonly authEvents: readonly string[];
  readonly depth: number;
  readonly originServerTs: number;
  readonly redacts: string | undefined;
  /** The object as it is on the wire, signatures and hashes included. Never changed. */
  readonly json: JsonObject;
}
