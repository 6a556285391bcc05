// Shapes that bodies share. Unknown members pass: the specification and clients add to bodies over time.
import * as v from 'valibot';
import { isObject, type JsonObject } from '../spec/json.ts';

export const anyObject = v.custom<JsonObject>(isObject, 'an object');
export const text = v.string();
export const optionalText = v.optional(v.string());
export const optionalObject = v.optional(anyObject);
export const texts = v.array(v.string());

/** What goes before an object's shape within a body: valibot alone takes an array for an object. */
export const noArray = v.custom<object>(isObject, 'an object');

export function objectWith<T extends v.ObjectEntries>(entries: T) {
  return v.pipe(noArray, v.looseObject(entries));
}

/** An object whose values are objects, by names that a client chose. */
export const objectOfObjects = v.custom<Readonly<Record<string, JsonObject>>>(
  (value) => isObject(value) && Object.values(value).every(isObject),
  'an object of objects',
);

/** The `auth` member of user-interactive authentication. */
export const auth = v.optional(objectWith({ type: v.optional(v.string()), session: v.optional(v.string()) }));

/** The body of most membership operations. */
export const reason = v.looseObject({ reason: optionalText });
export const nothing = v.looseObject({});
