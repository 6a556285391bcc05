// Filters, as they are defined, sent along, and read. https://spec.matrix.org/v1.19/client-server-api/#filtering
import * as v from 'valibot';
import { badJson, invalidParam } from '../spec/errors.ts';
import { isRoomId } from '../spec/identifiers/room-id.ts';
import { isUserId } from '../spec/identifiers/user-id.ts';
import { isObject, type JsonObject } from '../spec/json.ts';
import { IDENTIFIER_BYTES } from '../spec/limits.ts';
import { JsonError, readJson } from '../spec/strict-json.ts';
import { objectWith } from './shapes.ts';

/** Thousands of events may be held against a filter for one answer, so its lists are no longer than anybody has use for. */
const ENTRIES_MAX = 1000;
const PATTERNS_MAX = 50;
const FIELDS_MAX = 100;
const FIELD_LENGTH = 1000;

const isPattern = (type: string): boolean => type.includes('*');
const types = v.optional(
  v.pipe(
    v.array(v.pipe(v.string(), v.maxLength(IDENTIFIER_BYTES))),
    v.maxLength(ENTRIES_MAX),
    v.check((list) => list.filter(isPattern).length <= PATTERNS_MAX),
  ),
);
const fields = v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(FIELD_LENGTH))), v.maxLength(FIELDS_MAX)));
const userIds = v.optional(v.pipe(v.array(v.pipe(v.string(), v.check(isUserId))), v.maxLength(ENTRIES_MAX)));
const roomIds = v.optional(v.pipe(v.array(v.pipe(v.string(), v.check(isRoomId))), v.maxLength(ENTRIES_MAX)));
const flag = v.optional(v.boolean());
const eventFilter = {
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  types,
  not_types: types,
  senders: userIds,
  not_senders: userIds,
};
const roomEventFilter = objectWith({
  ...eventFilter,
  rooms: roomIds,
  not_rooms: roomIds,
  contains_url: flag,
  lazy_load_members: flag,
  include_redundant_members: flag,
  unread_thread_notifications: flag,
});
const filterShape = objectWith({
  event_fields: fields,
  event_format: v.optional(v.picklist(['client', 'federation'])),
  presence: v.optional(objectWith(eventFilter)),
  account_data: v.optional(objectWith(eventFilter)),
  room: v.optional(
    objectWith({
      rooms: roomIds,
      not_rooms: roomIds,
      include_leave: flag,
      ephemeral: v.optional(roomEventFilter),
      state: v.optional(roomEventFilter),
      timeline: v.optional(roomEventFilter),
      account_data: v.optional(roomEventFilter),
    }),
  ),
});

/** Throws 400 M_BAD_JSON for what is no filter. */
export function checkFilter(filter: JsonObject): void {
  demand(filterShape, filter);
}

/** A filter that stands in a query parameter. */
export function inlineFilter(text: string): JsonObject {
  const filter = parsed(text);
  checkFilter(filter);
  return filter;
}

/** The filter of /messages, which is of room events alone; `{}` without one. */
export function inlineRoomEventFilter(text: string | null): JsonObject {
  if (text === null || text === '') return {};
  const filter = parsed(text);
  demand(roomEventFilter, filter);
  return filter;
}

function parsed(text: string): JsonObject {
  try {
    const { value } = readJson(text, { maxBytes: 65_536 });
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  throw invalidParam('filter is not a JSON object.');
}

function demand(schema: v.GenericSchema<unknown, object>, filter: JsonObject): void {
  const { issues } = v.safeParse(schema, filter, { abortEarly: true });
  const issue = issues?.[0];
  if (issue) throw badJson(`The filter is not well formed at ${v.getDotPath(issue) ?? 'its top'}.`);
}
