// Room aliases. https://spec.matrix.org/v1.19/appendices/#room-aliases
import { isIdentifierOnServer } from './common-format.ts';

/** `#localpart:domain`; its server is `serverOf(alias)`. */
export function isRoomAlias(alias: string): boolean {
  return isIdentifierOnServer(alias, '#');
}
