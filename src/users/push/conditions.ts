// The conditions of push rules, made ready to be asked often. https://spec.matrix.org/v1.19/client-server-api/#conditions
import { isObject, type Json, type JsonObject, member } from '../../spec/json.ts';
import { type JudgedEvent, pathOf, propertyAt } from './event-fields.ts';
import { literally, matchesWhole, matchesWords, patternOf, type Steps } from '../../spec/glob.ts';

/** Who is to be notified, as far as rules ask. */
export interface Reader {
  /** Undefined for everybody whom the event does not name. */
  readonly userId: string | undefined;
  readonly displayName: string | undefined;
}

/** Whether the condition holds of an event for a reader. */
export type Condition = (event: JudgedEvent, reader: Reader, steps: Steps) => boolean;

/** Stands in the rules that users share for the id of each. */
export const SELF = '\u0000self';

const never: Condition = () => false;

/** What is not known, or malformed, never holds. */
export function conditionOf(condition: Json): Condition {
  if (!isObject(condition)) return never;
  switch (member(condition, 'kind')) {
    case 'event_match':
      return eventMatch(condition);
    case 'event_property_is':
      return propertyIs(condition);
    case 'event_property_contains':
      return propertyContains(condition);
    case 'contains_display_name':
      return (event, { displayName }, steps) =>
        displayName !== undefined && displayName !== '' && bodyHas(event, literally(displayName), steps);
    case 'room_member_count':
      return memberCount(condition);
    case 'sender_notification_permission':
      return senderPermission(condition);
    default:
      return never;
  }
}

/** The pattern of a content rule. */
export function bodyMatches(glob: string): Condition {
  const pattern = patternOf(glob);
  return (event, _reader, steps) => bodyHas(event, pattern, steps);
}

function bodyHas(event: JudgedEvent, pattern: ReturnType<typeof patternOf>, steps: Steps): boolean {
  const body = member(event.facts.content, 'body');
  return typeof body === 'string' && matchesWords(pattern, lowerCase(body), steps);
}

function eventMatch(condition: JsonObject): Condition {
  const [key, glob] = [member(condition, 'key'), member(condition, 'pattern')];
  if (typeof key !== 'string' || typeof glob !== 'string') return never;
  const path = pathOf(key);
  if (glob === SELF) return (event, { userId }) => userId !== undefined && propertyAt(event, path) === userId;
  if (path.length === 2 && path[0] === 'content' && path[1] === 'body') return bodyMatches(glob);
  const pattern = patternOf(glob);
  return (event, _reader, steps) => {
    const value = propertyAt(event, path);
    return typeof value === 'string' && matchesWhole(pattern, lowerCase(value), steps);
  };
}

function propertyIs(condition: JsonObject): Condition {
  const [key, value] = [member(condition, 'key'), member(condition, 'value')];
  if (typeof key !== 'string' || !isPlain(value)) return never;
  const path = pathOf(key);
  return (event) => propertyAt(event, path) === value;
}

function propertyContains(condition: JsonObject): Condition {
  const [key, value] = [member(condition, 'key'), member(condition, 'value')];
  if (typeof key !== 'string' || !isPlain(value)) return never;
  const path = pathOf(key);
  return (event, { userId }, steps) => {
    const list = propertyAt(event, path);
    if (!Array.isArray(list)) return false;
    steps.left -= list.length;
    return value === SELF ? userId !== undefined && list.includes(userId) : list.includes(value);
  };
}

function memberCount(condition: JsonObject): Condition {
  const is = member(condition, 'is');
  const parts = typeof is === 'string' ? /^(==|<=|>=|<|>)?(\d{1,15})$/.exec(is) : null;
  if (parts === null) return never;
  const count = Number(parts[2]);
  switch (parts[1]) {
    case '<':
      return ({ facts }) => facts.joined < count;
    case '>':
      return ({ facts }) => facts.joined > count;
    case '<=':
      return ({ facts }) => facts.joined <= count;
    case '>=':
      return ({ facts }) => facts.joined >= count;
    default:
      return ({ facts }) => facts.joined === count;
  }
}

const LEVEL_DEFAULT = 50;

function senderPermission(condition: JsonObject): Condition {
  const key = member(condition, 'key');
  if (typeof key !== 'string') return never;
  return ({ facts }) =>
    facts.senderLevel >= (facts.notificationLevels.find(([name]) => name === key)?.[1] ?? LEVEL_DEFAULT);
}

/** Strings, integers, booleans and null: what is no list or object, and no fraction. */
function isPlain(value: Json | undefined): value is string | number | boolean | null {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}

/** The last text that was put in lower case: many rules look at the same. */
let [written, lowered] = ['', ''];

function lowerCase(text: string): string {
  if (text !== written) [written, lowered] = [text, text.toLowerCase()];
  return lowered;
}
