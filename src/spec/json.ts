// What JSON text can hold. Objects that come from outside are read with `src/spec/strict-json.ts` and only ever looked
// up by names that we chose; anything keyed by a stranger's strings is a Map.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member `key` of `object` if it is the object's own, so that `constructor` and the like are absent. */
export function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
