// What identifiers have in common. https://spec.matrix.org/v1.19/appendices/#common-identifier-format
import { utf8Length } from '../canonical-json.ts';
import { IDENTIFIER_BYTES, NAMESPACED_IDENTIFIER_CHARACTERS } from '../limits.ts';
import { isServerName } from './server-name.ts';

const NAMESPACED = /^[a-z][a-z0-9_.-]*$/;

/** At most 255 bytes of well-formed Unicode without NUL, after `sigil`. */
export function isIdentifier(id: string, sigil: string): boolean {
  return id.startsWith(sigil) && fitsIdentifier(id) && !id.includes('\0') && id.isWellFormed();
}

/** `sigil`, a localpart without colon, a colon and a server name. */
export function isIdentifierOnServer(id: string, sigil: string): boolean {
  const colon = id.indexOf(':');
  return colon > 0 && isIdentifier(id, sigil) && isServerName(id.slice(colon + 1));
}

/** Whether `text` takes at most the 255 bytes that identifiers, event types and state keys may have. */
export function fitsIdentifier(text: string): boolean {
  // Up to a third of the limit no text can be too long, and beyond the limit none can be short enough.
  if (text.length <= IDENTIFIER_BYTES / 3) return true;
  return text.length <= IDENTIFIER_BYTES && utf8Length(text) <= IDENTIFIER_BYTES;
}

/** https://spec.matrix.org/v1.19/appendices/#common-namespaced-identifier-grammar */
export function isNamespacedIdentifier(text: string): boolean {
  return text.length <= NAMESPACED_IDENTIFIER_CHARACTERS && NAMESPACED.test(text);
}
