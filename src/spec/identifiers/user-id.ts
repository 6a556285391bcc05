// User ids. https://spec.matrix.org/v1.19/appendices/#user-identifiers
import { isIdentifierOnServer } from './common-format.ts';

const LOCALPART = /^[a-z0-9._=\-/+]+$/;
const PRINTABLE_ASCII = /^[\u0021-\u007e]+$/;

/** Any user id that may stand in an event: the historical character set, which takes every localpart without `:` and NUL. */
export function isUserId(id: string): boolean {
  return isIdentifierOnServer(id, '@');
}

/** Whether a user id may be used outside the context of an event: localpart not empty and of U+0021 to U+007E. */
export function isCompliantUserId(id: string): boolean {
  return isUserId(id) && PRINTABLE_ASCII.test(localpartOf(id));
}

/** A user id in the grammar for new ones, which is what our own users have. */
export function isStrictUserId(id: string): boolean {
  return isUserId(id) && isOwnLocalpart(localpartOf(id));
}

/** `a-z`, `0-9`, `.`, `_`, `=`, `-`, `/` and `+`, at least one. */
export function isOwnLocalpart(localpart: string): boolean {
  return LOCALPART.test(localpart);
}

/** What stands between the sigil and the first colon. */
export function localpartOf(id: string): string {
  const colon = id.indexOf(':');
  return id.slice(1, colon < 0 ? undefined : colon);
}

/** The server of a user id (or of a room alias): everything after the first colon; empty if there is none. */
export function serverOf(userId: string): string {
  const colon = userId.indexOf(':');
  return colon < 0 ? '' : userId.slice(colon + 1);
}
