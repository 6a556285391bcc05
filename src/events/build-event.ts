// Making an event of our own: hashes, signature and id in one pass, since every message that is sent comes through here.
// https://spec.matrix.org/v1.19/server-server-api/#adding-hashes-and-signatures-to-outgoing-events
import { encodeBase64 } from '../spec/base64.ts';
import { canonicalJson, NotCanonicalError, utf8Length } from '../spec/canonical-json.ts';
import { badJson, tooLarge } from '../spec/errors.ts';
import { fitsIdentifier } from '../spec/identifiers/common-format.ts';
import type { Json, JsonObject } from '../spec/json.ts';
import { PDU_BYTES } from '../spec/limits.ts';
import { sha256 } from './content-hash.ts';
import { eventIdOfHash } from './event-id.ts';
import type { Pdu } from './pdu.ts';
import { pduOf } from './read-pdu.ts';
import { redactContent } from './redaction.ts';
import type { RoomVersion } from './room-version.ts';
import type { Signer } from './signing-key.ts';

/** What an event is to be. In a room whose version puts `redacts` in the content, it is put there. */
export interface EventDraft {
  readonly type: string;
  readonly sender: string;
  /** Ignored for a create event whose id gives the room its id. */
  readonly roomId: string;
  readonly stateKey?: string | undefined;
  readonly content: JsonObject;
  readonly prevEvents: readonly string[];
  readonly authEvents: readonly string[];
  readonly depth: number;
  /** Milliseconds since 1970. */
  readonly originServerTs: number;
  readonly redacts?: string | undefined;
  /** Of room versions that carry it (1, 2), where it is needed. */
  readonly eventId?: string | undefined;
  /** The reference hash of a referenced event in unpadded base64, where references are pairs (1, 2). */
  readonly referenceHashOf?: ((eventId: string) => string) | undefined;
}

/**
 * The signed event. Throws `MatrixError`: M_BAD_JSON if the content has no canonical form, M_TOO_LARGE if the event or its
 * type or state key is too large. Our own events are canonical in every room version.
 */
export function buildEvent(draft: EventDraft, version: RoomVersion, signer: Signer): Pdu {
  if (!fitsIdentifier(draft.type)) throw tooLarge('The event type is too long.');
  if (draft.stateKey !== undefined && !fitsIdentifier(draft.stateKey)) throw tooLarge('The state key is too long.');
  try {
    return build(draft, version, signer);
  } catch (error) {
    if (error instanceof NotCanonicalError) throw badJson('The event cannot be written as canonical JSON.');
    throw error;
  }
}

/** The event without hashes, signatures and, where it would carry one, id: for another server to complete. */
export function eventTemplate(draft: EventDraft, version: RoomVersion): JsonObject {
  const members = membersOf({ ...draft, eventId: '' }, version, contentOf(draft, version));
  return Object.fromEntries(members.filter(([name]) => name !== 'event_id'));
}

type Member = readonly [name: string, text: string];

function build(draft: EventDraft, version: RoomVersion, signer: Signer): Pdu {
  const content = contentOf(draft, version);
  const values = membersOf(draft, version, content);
  const contentText = canonicalJson(content);
  const members = values.map(([name, value]): Member => [
    name,
    name === 'content' ? contentText : canonicalJson(value),
  ]);
  const hashed = objectOf(members);
  const hash = encodeBase64(sha256(hashed));

  const kept = redactContent({ type: draft.type, content }, version);
  const signed = objectOf(
    redactedMembers(members, hash, kept === content ? contentText : canonicalJson(kept), version),
  );
  const signatures = { [signer.serverName]: { [signer.keyId]: encodeBase64(signer.sign(signed)) } };
  const proof = `,"hashes":{"sha256":"${hash}"},"signatures":${canonicalJson(signatures)}`;
  if (utf8Length(hashed) + proof.length > PDU_BYTES) throw tooLarge('The event is too large.');

  const json: JsonObject = { ...Object.fromEntries(values), hashes: { sha256: hash }, signatures };
  // What is signed is also what the reference hash is made over.
  const eventId = version.eventId === 'carried' ? (draft.eventId ?? '') : eventIdOfHash(sha256(signed), version);
  return pduOf(json, version, eventId);
}

function contentOf(draft: EventDraft, version: RoomVersion): JsonObject {
  if (draft.type !== 'm.room.redaction' || !version.redactsInContent || draft.redacts === undefined)
    return draft.content;
  return { ...draft.content, redacts: draft.redacts };
}

/** The members that the content hash covers, in canonical order. */
function membersOf(draft: EventDraft, version: RoomVersion, content: JsonObject): [string, Json][] {
  const members: [string, Json][] = [
    ['auth_events', references(draft.authEvents, draft, version)],
    ['content', content],
    ['depth', Math.min(draft.depth, Number.MAX_SAFE_INTEGER)],
  ];
  if (version.eventId === 'carried') {
    if (draft.eventId === undefined) throw new TypeError('this room version carries event ids, and the draft has none');
    members.push(['event_id', draft.eventId]);
  }
  members.push(
    ['origin_server_ts', draft.originServerTs],
    ['prev_events', references(draft.prevEvents, draft, version)],
  );
  if (draft.redacts !== undefined && !version.redactsInContent) members.push(['redacts', draft.redacts]);
  if (!version.roomIdIsCreateHash || draft.type !== 'm.room.create') members.push(['room_id', draft.roomId]);
  members.push(['sender', draft.sender]);
  if (draft.stateKey !== undefined) members.push(['state_key', draft.stateKey]);
  members.push(['type', draft.type]);
  return members;
}

function references(ids: readonly string[], draft: EventDraft, version: RoomVersion): Json {
  if (version.references === 'ids') return ids;
  const { referenceHashOf } = draft;
  if (referenceHashOf === undefined)
    throw new TypeError('this room version names events with their hashes, and the draft has none');
  return ids.map((id) => [id, { sha256: referenceHashOf(id) }]);
}

function redactedMembers(
  members: readonly Member[],
  hash: string,
  contentText: string,
  version: RoomVersion,
): Member[] {
  const redacted: Member[] = [];
  let hashesToCome = true;
  for (const [name, text] of members) {
    if (hashesToCome && name > 'hashes') {
      redacted.push(['hashes', `{"sha256":"${hash}"}`]);
      hashesToCome = false;
    }
    if (version.redaction.topLevel.includes(name)) redacted.push([name, name === 'content' ? contentText : text]);
  }
  return redacted;
}

function objectOf(members: readonly Member[]): string {
  let text = '{';
  let separator = '';
  for (const [name, value] of members) {
    text += `${separator}"${name}":${value}`;
    separator = ',';
  }
  return `${text}}`;
}
