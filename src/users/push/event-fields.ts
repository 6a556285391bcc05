// An event as push rules see it, and the paths by which they name its properties.
// https://spec.matrix.org/v1.19/appendices/#dot-separated-property-paths
import type { PushFacts } from '../../ports/contracts/push-facts.ts';
import { isObject, type Json, type JsonObject, member } from '../../spec/json.ts';

export interface JudgedEvent {
  readonly fields: JsonObject;
  readonly facts: PushFacts;
  readonly sender: string;
}

/** `a.b\.c` names `b.c` in `a`. Only `\.` and `\\` are escapes. */
export function pathOf(key: string): readonly string[] {
  const names: string[] = [];
  let name = '';
  for (let index = 0; index < key.length; index++) {
    const [character, next] = [key[index]!, key[index + 1]];
    if (character === '\\' && (next === '.' || next === '\\')) {
      name += next;
      index++;
    } else if (character === '.') {
      names.push(name);
      name = '';
    } else {
      name += character;
    }
  }
  return [...names, name];
}

export function propertyAt(event: JudgedEvent, path: readonly string[]): Json | undefined {
  let value: Json | undefined = event.fields;
  for (const name of path) {
    if (!isObject(value)) return undefined;
    value = member(value, name);
  }
  return value;
}
