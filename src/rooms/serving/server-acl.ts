// Which servers a room keeps out. https://spec.matrix.org/v1.19/client-server-api/#mroomserver_acl
import { forbidden } from '../../spec/errors.ts';
import { matchesWhole, patternOf, type Pattern, Steps } from '../../spec/glob.ts';
import { parseServerName } from '../../spec/identifiers/server-name.ts';
import { member, type JsonObject } from '../../spec/json.ts';
import type { RoomData } from '../room-data.ts';

/** A name has 255 characters and a list 65,536, so that any comparison ends within this. */
const STEPS = 17_000_000;
const NAMES_KEPT = 1000;

interface Acl {
  readonly event: number;
  readonly content: JsonObject;
  readonly deny: readonly Pattern[];
  readonly allow: readonly Pattern[];
  readonly decided: Map<string, boolean>;
}

/** The list that was asked for last: it is asked for every event. */
const latest = new WeakMap<RoomData, Acl>();

/** By the room's current state. A room that has not begun keeps nobody out. */
export function isAllowed(data: RoomData, serverName: string): boolean {
  const root = data.begun?.root;
  const event = root === undefined ? undefined : data.stateEvent(root, 'm.room.server_acl', '');
  if (event === undefined) return true;
  let acl = latest.get(data);
  // A redaction changes what the event says, but not its number.
  if (acl?.event !== event.number || acl.content !== event.pdu.content) {
    acl = read(event.number, event.pdu.content);
    latest.set(data, acl);
  }
  const known = acl.decided.get(serverName);
  if (known !== undefined) return known;
  const decision = decide(acl, serverName);
  if (acl.decided.size >= NAMES_KEPT) acl.decided.clear();
  acl.decided.set(serverName, decision);
  return decision;
}

/** Throws 403 M_FORBIDDEN. */
export function demandAllowed(data: RoomData, serverName: string): void {
  if (!isAllowed(data, serverName)) throw forbidden('Your server is kept out of this room.');
}

function read(event: number, content: JsonObject): Acl {
  const patterns = (name: string): Pattern[] => {
    const list = member(content, name);
    return Array.isArray(list) ? list.filter((entry) => typeof entry === 'string').map(patternOf) : [];
  };
  return { event, content, deny: patterns('deny'), allow: patterns('allow'), decided: new Map() };
}

/** "The suspect server's port number must not be considered." A name that is none is nobody's, and stays out. */
function decide(acl: Acl, serverName: string): boolean {
  const parts = parseServerName(serverName);
  if (parts === undefined) return false;
  if (parts.kind !== 'dns' && member(acl.content, 'allow_ip_literals') === false) return false;
  const name = (parts.kind === 'ipv6' ? `[${parts.host}]` : parts.host).toLowerCase();
  const steps = new Steps();
  steps.left = STEPS;
  const matches = (pattern: Pattern): boolean => matchesWhole(pattern, name, steps);
  if (acl.deny.some(matches)) return false;
  return acl.allow.some(matches);
}
