// Sizes that the specification fixes, in bytes or entries. https://spec.matrix.org/v1.19/client-server-api/#size-limits

/** The whole event as canonical JSON in the federation format, signatures included. */
export const PDU_BYTES = 65_536;
/** Any user id, room id, room alias or event id, sigil and domain included; also `type` and `state_key`. */
export const IDENTIFIER_BYTES = 255;
/** A server name should not exceed this, so that identifiers on it keep room for a localpart. */
export const SERVER_NAME_RECOMMENDED_BYTES = 230;
export const PREV_EVENTS = 20;
export const AUTH_EVENTS = 10;
/** One federation transaction. https://spec.matrix.org/v1.19/server-server-api/#transactions */
export const TRANSACTION_PDUS = 50;
export const TRANSACTION_EDUS = 100;
/** Signing keys count as valid for at most this long from now, whatever they claim. */
export const KEY_VALIDITY_MS = 7 * 24 * 60 * 60 * 1000;
/** Integers beyond this in either direction are not canonical JSON. */
export const INTEGER_MAXIMUM = Number.MAX_SAFE_INTEGER;
/** Nesting that we read; the specification gives none. */
export const JSON_DEPTH = 100;
/** Characters of an opaque or namespaced identifier, such as a room version of ours or a device id. */
export const NAMESPACED_IDENTIFIER_CHARACTERS = 255;
export const ROOM_VERSION_CHARACTERS = 32;
export const ED25519_KEY_BYTES = 32;
export const ED25519_SIGNATURE_BYTES = 64;
export const SHA256_BYTES = 32;
