// Servers that may help a user of ours into a room, in the order in which they are tried.
// https://spec.matrix.org/v1.19/appendices/#routing
import { isServerName } from '../spec/identifiers/server-name.ts';
import { serverOf } from '../spec/identifiers/user-id.ts';

/** Servers tried for one request of a client. */
const CANDIDATES_MAX = 10;

/**
 * `named`: by the client, or by who keeps an alias; `by`: whoever has invited the user. The server in the room's id is no more
 * than a guess, for where nobody is named.
 */
export function candidatesFor(
  roomId: string,
  named: readonly string[],
  by: string | undefined,
  ourName: string,
): string[] {
  const guessed = named.some((name) => name !== ourName) ? named : [serverOf(roomId)];
  const all = [...(by === undefined ? [] : [serverOf(by)]), ...guessed];
  return [...new Set(all)].filter((name) => name !== ourName && isServerName(name)).slice(0, CANDIDATES_MAX);
}
