// Whether two contents say the same.
import { isObject, member, type Json, type JsonObject } from '../../spec/json.ts';

export function sameContent(one: JsonObject, other: JsonObject): boolean {
  const names = present(one);
  return names.length === present(other).length && names.every((name) => same(member(one, name), member(other, name)));
}

function same(one: Json | undefined, other: Json | undefined): boolean {
  if (isObject(one) && isObject(other)) return sameContent(one, other);
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((part, at) => same(part, other[at]));
  return one === other;
}

function present(object: JsonObject): string[] {
  return Object.keys(object).filter((name) => object[name] !== undefined);
}
