// Servers that may help a user of ours into a room, in the order in which they are tried.
// https://spec.matrix.org/v1.19/appendices/#routing
import { isServerName } from '../spec/identifiers/server-name.ts';
import { serverOf } from '../spec/identifiers/user-id.ts';

/** Servers tried for one request of a client. */
const CANDIDATES_MAX = 10;

/** `named`: by the client, or by who keeps an alias; `by`: whoever has invited the user. */
export function candidatesFor(
  roomId: string,
  named: readonly string[],
  by: string | undefined,
  ourName: string,
): string[] {
  const all = [...(by === undefined ? [] : [serverOf(by)]), ...named, serverOf(roomId)];
  return [...new Set(all)].filter((name) => name !== ourName && isServerName(name)).slice(0, CANDIDATES_MAX);
}
