// The members of a list in another server's answer, as texts that are exactly as they came.
import { sliceLists } from '../spec/json-slices.ts';

/** More members than any list has that we take. */
const MOST = 500_000;

/** Of a text that the strict reader has accepted; none if there is no such list. */
export function listTexts(text: string, name: string): readonly string[] {
  const slices = sliceLists(text, new Map([[name, MOST]]));
  return typeof slices === 'string' ? [] : (slices.members.get(name) ?? []);
}
