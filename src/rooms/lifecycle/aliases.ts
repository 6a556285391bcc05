// The names that a room says it has. https://spec.matrix.org/v1.19/client-server-api/#mroomcanonical_alias
import { PowerLevels } from '../../authorization/power-levels.ts';
import { invalidParam, MatrixError } from '../../spec/errors.ts';
import { isRoomAlias } from '../../spec/identifiers/room-alias.ts';
import { serverOf } from '../../spec/identifiers/user-id.ts';
import { member, type JsonObject } from '../../spec/json.ts';
import { stateIn } from '../receipt/authorization.ts';
import type { RoomData } from '../room-data.ts';

export const CANONICAL_ALIAS = 'm.room.canonical_alias';
const ALT_ALIASES_MAX = 200;

export function maySend(data: RoomData, userId: string, type: string): boolean {
  if (data.begun === undefined || data.members.get(userId)?.membership !== 'join') return false;
  const levels = PowerLevels.of(stateIn(data, data.head.root), data.version);
  return levels.levelOf(userId) >= levels.levelFor(type, true);
}

/**
 * An alias that the event newly names must be one, and stand for this room. Throws 400 M_INVALID_PARAM, M_BAD_ALIAS.
 * Those it named before are not looked at: they may have become wrong meanwhile.
 */
export async function checkCanonicalAlias(data: RoomData, content: JsonObject): Promise<void> {
  const named = namesIn(content, true);
  const before = new Set(namesIn(data.stateContent(data.head.root, CANONICAL_ALIAS, '') ?? {}, false));
  for (const alias of named) {
    if (before.has(alias)) continue;
    const isOurs = serverOf(alias) === data.env.settings.serverName;
    const owner = isOurs ? await data.env.actors.home().aliases.get(alias) : undefined;
    if (owner?.roomId !== data.roomId)
      throw new MatrixError(400, 'M_BAD_ALIAS', 'An alias that is named does not stand for this room.');
  }
}

/** The content without an alias; undefined if it does not name it. */
export function withoutAlias(content: JsonObject, alias: string): JsonObject | undefined {
  if (!namesIn(content, false).includes(alias)) return undefined;
  const { alias: main, alt_aliases: others, ...rest } = content;
  const kept = Array.isArray(others) ? others.filter((other) => other !== alias) : [];
  return {
    ...rest,
    ...(main === undefined || main === alias ? {} : { alias: main }),
    ...(kept.length === 0 ? {} : { alt_aliases: kept }),
  };
}

/** `strict`: throws for what is no alias. */
function namesIn(content: JsonObject, strict: boolean): string[] {
  const main = member(content, 'alias');
  const others = member(content, 'alt_aliases') ?? [];
  // An empty alias, or null, says that there is none.
  const all = [...(main === undefined || main === null || main === '' ? [] : [main])];
  if (Array.isArray(others)) all.push(...others);
  else if (strict) throw invalidParam('alt_aliases is no list.');
  if (strict && all.length > ALT_ALIASES_MAX) throw invalidParam('These are too many aliases.');
  return all.filter((alias): alias is string => {
    const isAlias = typeof alias === 'string' && isRoomAlias(alias);
    if (strict && !isAlias) throw invalidParam('An alias that is named is none.');
    return isAlias;
  });
}
