// Makes an event of a client's wish: at the end of the room, naming the state that authorises it, hashed and signed.
import { authEventsFor } from '../../authorization/selection.ts';
import { buildEvent, type EventDraft } from '../../events/build-event.ts';
import { newEventId } from '../../events/event-id.ts';
import { referenceHash } from '../../events/reference-hash.ts';
import type { Signer } from '../../events/signing-key.ts';
import { encodeBase64 } from '../../spec/base64.ts';
import type { JsonObject } from '../../spec/json.ts';
import { PREV_EVENTS } from '../../spec/limits.ts';
import type { Change } from '../change.ts';
import type { Candidate } from '../receipt/candidate.ts';
import type { RoomData } from '../room-data.ts';
import type { Head } from '../store/info.ts';
import type { StoredEvent } from '../stored-event.ts';

export interface Wish {
  readonly type: string;
  readonly stateKey: string | undefined;
  readonly sender: string;
  readonly content: JsonObject;
  /** What it redacts; put where the room version has it. */
  readonly redacts?: string | undefined;
}

/** Throws 400 M_BAD_JSON for what canonical JSON cannot hold, 413 M_TOO_LARGE. */
export function draft(change: Change, wish: Wish, signer: Signer, transaction: StoredEvent['transaction']): Candidate {
  const { data, head } = change;
  return { pdu: buildEvent(draftAtEnd(data, head, wish), data.version, signer), signatures: 'made', transaction };
}

/** What an event says that comes next in the room. */
export function draftAtEnd(data: RoomData, head: Head, wish: Wish): EventDraft {
  const { version } = data;
  const previous = latest(data, head);
  const depth = previous.reduce((greatest, event) => Math.max(greatest, event.pdu.depth), 0) + 1;
  return {
    type: wish.type,
    sender: wish.sender,
    roomId: data.roomId,
    stateKey: wish.stateKey,
    content: wish.content,
    redacts: wish.redacts,
    prevEvents: previous.map((event) => event.pdu.eventId),
    authEvents: authEvents(data, head.root, wish),
    depth: Math.min(depth, version.depthMaximum),
    originServerTs: data.env.clock.now(),
    ...carried(data),
  };
}

/** What events of the first two room versions hold besides: an id of their own, and hashes of those they name. */
function carried(data: RoomData): Pick<EventDraft, 'eventId' | 'referenceHashOf'> {
  const { version, env } = data;
  if (version.eventId !== 'carried') return {};
  return {
    eventId: newEventId(env.random.bytes(18), env.settings.serverName),
    referenceHashOf: (eventId) => {
      const event = data.byId(eventId);
      if (event === undefined) throw new Error('an event that is named is not there');
      return encodeBase64(referenceHash(event.pdu.json, version));
    },
  };
}

/** The forward extremities, the newest where there are too many. */
function latest(data: RoomData, head: Head): StoredEvent[] {
  return head.extremities
    .toSorted((a, b) => b - a)
    .slice(0, PREV_EVENTS)
    .flatMap((number) => data.byNumber(number) ?? []);
}

function authEvents(data: RoomData, root: number, wish: Wish): string[] {
  return authEventsFor(wish, data.version).flatMap(
    ({ type, stateKey }) => data.stateEvent(root, type, stateKey)?.pdu.eventId ?? [],
  );
}
