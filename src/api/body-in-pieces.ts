// A long body of another server, read piece by piece, so that others have their turns in between: the worst bodies of ten
// megabytes would hold everybody up for two seconds, before anything about who sent them is known.
import { breath } from '../ports/clock.ts';
import type { Clock } from '../ports/clock.ts';
import { canonicalMember, canonicalString, lenientCanonicalJson, sortedKeys } from '../spec/canonical-json.ts';
import { badJson, invalidParam } from '../spec/errors.ts';
import { isObject, type Json, type JsonObject } from '../spec/json.ts';
import { sliceLists } from '../spec/json-slices.ts';
import { JSON_DEPTH } from '../spec/limits.ts';
import { parseBody, textOf } from './body.ts';

/** So much is read between two breaths. */
const AT_ONCE = 64 * 1024;

export interface PiecedBody {
  readonly value: JsonObject;
  /** What a signature covers of it. */
  readonly canonical: string;
  /** The members of each list, as they came. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads an object whose lists of these names hold at most so many members, of at most `longest` UTF-16 units each. Throws what
 * reading in one piece would throw, and 400 M_INVALID_PARAM for more, or longer, members.
 */
export async function readInPieces(
  bytes: Uint8Array,
  lists: ReadonlyMap<string, number>,
  longest: number,
  clock: Clock,
): Promise<PiecedBody> {
  const slices = sliceLists(textOf(bytes), lists);
  if (slices === 'too-many') throw invalidParam('A list has too many members.');
  if (slices === 'syntax') throw badJson('A list is not valid JSON.');
  if (slices.rest.length > AT_ONCE) throw invalidParam('There is too much beside the lists.');
  const rest = parseBody(new TextEncoder().encode(slices.rest)).value;
  if (!isObject(rest)) throw badJson('The body must be a JSON object.');
  const values = new Map<string, readonly Json[]>();
  const canonical = new Map<string, string>();
  let read = 0;
  for (const [name, texts] of slices.members) {
    const own: Json[] = [];
    const parts: string[] = [];
    for (const text of texts) {
      if (text.length > longest) throw invalidParam('A member of a list is too long.');
      if ((read += text.length) > AT_ONCE) {
        await breath(clock);
        read = 0;
      }
      // Two levels of nesting are around it.
      const { value } = parseBody(new TextEncoder().encode(text), JSON_DEPTH - 2);
      own.push(value);
      // A number by itself keeps no note of how it was written, and is no event.
      parts.push(lenientCanonicalJson(value));
    }
    values.set(name, own);
    canonical.set(name, `[${parts.join(',')}]`);
  }
  const members = sortedKeys(rest).map(
    (name) => `${canonicalString(name)}:${canonical.get(name) ?? canonicalMember(rest, name, true)}`,
  );
  return {
    value: Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, values.get(name) ?? value])),
    canonical: `{${members.join(',')}}`,
    texts: slices.members,
  };
}
