// The RoomEventFilter of /sync, /messages and /context.
// https://spec.matrix.org/v1.19/client-server-api/#filtering
import { isObject, member, type Json, type JsonObject } from '../../spec/json.ts';
import type { Pdu } from '../../events/pdu.ts';

export class EventFilter {
  /** How many events at most; undefined if the filter does not say. */
  readonly limit: number | undefined;
  readonly lazyLoadMembers: boolean;
  readonly includeRedundantMembers: boolean;
  /** Lets everything through, so that nothing is asked of the events. */
  readonly open: boolean;
  readonly #types: TypeList | undefined;
  readonly #notTypes: TypeList | undefined;
  readonly #senders: ReadonlySet<string> | undefined;
  readonly #notSenders: ReadonlySet<string> | undefined;
  readonly #containsUrl: boolean | undefined;
  /** The room is left out by `rooms` or `not_rooms`. */
  readonly #roomLeftOut: boolean;

  constructor(filter: JsonObject, roomId: string) {
    const limit = member(filter, 'limit');
    this.limit = typeof limit === 'number' && limit >= 0 ? Math.trunc(limit) : undefined;
    this.lazyLoadMembers = member(filter, 'lazy_load_members') === true;
    this.includeRedundantMembers = member(filter, 'include_redundant_members') === true;
    const lists = listsOf(filter);
    this.#types = lists.types;
    this.#notTypes = lists.notTypes;
    this.#senders = lists.senders;
    this.#notSenders = lists.notSenders;
    const containsUrl = member(filter, 'contains_url');
    this.#containsUrl = typeof containsUrl === 'boolean' ? containsUrl : undefined;
    const rooms = strings(member(filter, 'rooms'));
    const notRooms = strings(member(filter, 'not_rooms'));
    this.#roomLeftOut = (rooms !== undefined && !rooms.includes(roomId)) || notRooms?.includes(roomId) === true;
    this.open =
      this.#types === undefined &&
      this.#notTypes === undefined &&
      this.#senders === undefined &&
      this.#notSenders === undefined &&
      this.#containsUrl === undefined &&
      !this.#roomLeftOut;
  }

  lets(event: Pdu): boolean {
    if (this.open) return true;
    if (this.#roomLeftOut) return false;
    if (this.#notTypes?.has(event.type) === true) return false;
    if (this.#types !== undefined && !this.#types.has(event.type)) return false;
    if (this.#notSenders?.has(event.sender) === true) return false;
    if (this.#senders !== undefined && !this.#senders.has(event.sender)) return false;
    if (this.#containsUrl !== undefined && (typeof member(event.content, 'url') === 'string') !== this.#containsUrl)
      return false;
    return true;
  }
}

interface Lists {
  readonly types: TypeList | undefined;
  readonly notTypes: TypeList | undefined;
  readonly senders: ReadonlySet<string> | undefined;
  readonly notSenders: ReadonlySet<string> | undefined;
}

/** One filter is asked about many rooms. */
const known = new WeakMap<JsonObject, Lists>();

function listsOf(filter: JsonObject): Lists {
  const before = known.get(filter);
  if (before !== undefined) return before;
  const named = (name: string): readonly string[] | undefined => strings(member(filter, name));
  const [types, notTypes, senders, notSenders] = ['types', 'not_types', 'senders', 'not_senders'].map(named);
  const lists = {
    types: types && new TypeList(types),
    notTypes: notTypes && new TypeList(notTypes),
    senders: senders && new Set(senders),
    notSenders: notSenders && new Set(notSenders),
  };
  known.set(filter, lists);
  return lists;
}

/** Event types, some of them patterns. */
class TypeList {
  readonly #exact: ReadonlySet<string>;
  readonly #patterns: readonly (readonly string[])[];

  constructor(types: readonly string[]) {
    this.#exact = new Set(types);
    this.#patterns = types.filter((type) => type.includes('*')).map((pattern) => pattern.split('*'));
  }

  has(type: string): boolean {
    return this.#exact.has(type) || this.#patterns.some((parts) => partsMatch(parts, type));
  }
}

function strings(value: Json | undefined): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : undefined;
}

/** `*` stands for any sequence of characters. Goes through the text once, so that no pattern is slow. */
export function typeMatches(pattern: string, type: string): boolean {
  return pattern.includes('*') ? partsMatch(pattern.split('*'), type) : pattern === type;
}

function partsMatch(parts: readonly string[], type: string): boolean {
  const first = parts[0] ?? '';
  const last = parts[parts.length - 1] ?? '';
  if (!type.startsWith(first) || !type.endsWith(last) || type.length < first.length + last.length) return false;
  let at = first.length;
  const end = type.length - last.length;
  for (let index = 1; index < parts.length - 1; index++) {
    const part = parts[index] ?? '';
    const found = type.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** The event with only the members that `event_fields` names: dotted paths, a dot in a name written `\.`. */
export function pickFields(event: JsonObject, fields: readonly string[]): JsonObject {
  const picked = new Map<string, Json>();
  for (const field of fields) pick(event, splitPath(field), picked);
  return objectOf(picked);
}

type Tree = Map<string, Json | Tree>;

function pick(from: JsonObject, path: readonly string[], into: Tree): void {
  const [name, ...rest] = path;
  if (name === undefined) return;
  const value = member(from, name);
  if (value === undefined) return;
  if (rest.length === 0) {
    into.set(name, value);
    return;
  }
  if (!isObject(value)) return;
  const before = into.get(name);
  if (before !== undefined && !(before instanceof Map)) return;
  const below: Tree = before ?? new Map<string, Json | Tree>();
  pick(value, rest, below);
  if (below.size > 0) into.set(name, below);
}

function objectOf(tree: Tree): JsonObject {
  return Object.fromEntries([...tree].map(([name, value]) => [name, value instanceof Map ? objectOf(value) : value]));
}

function splitPath(field: string): string[] {
  const path: string[] = [];
  let name = '';
  for (let at = 0; at < field.length; at += 1) {
    const character = field.charAt(at);
    const next = field.charAt(at + 1);
    if (character === '\\' && (next === '.' || next === '\\')) {
      name += next;
      at += 1;
    } else if (character === '.') {
      path.push(name);
      name = '';
    } else {
      name += character;
    }
  }
  path.push(name);
  return path;
}
