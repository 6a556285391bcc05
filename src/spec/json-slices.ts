// The members of lists, cut out of the text of the object that holds them: each stays exactly as it came, and each can be read
// by itself, so that nobody has to wait while a long text is read. The cutting is by the letter: if what is left (`rest`) and
// every member is JSON, then the whole text is.

export interface Slices {
  /** By the name of the list. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** The text with those lists empty. */
  readonly rest: string;
}

/** Characters between two pauses: some 10 ms. */
const TURN = 2_000_000;

export type SliceFault = 'syntax' | 'too-many';

/**
 * Cuts the arrays that stand in the object `text` under the given names, of at most so many members each. A name that stands
 * for something else, or for nothing, is left in the rest. Names that come twice are found by whoever reads that.
 */
export function sliceLists(text: string, most: ReadonlyMap<string, number>): Slices | SliceFault {
  const slicing = slice(text, most);
  for (;;) {
    const { done, value } = slicing.next();
    if (done === true) return value;
  }
}

/** The same of a text of many megabytes, with a pause now and then, in which others have their turns. */
export async function sliceListsInTurns(
  text: string,
  most: ReadonlyMap<string, number>,
  pause: () => Promise<void>,
): Promise<Slices | SliceFault> {
  const slicing = slice(text, most);
  for (;;) {
    const { done, value } = slicing.next();
    if (done === true) return value;
    await pause();
  }
}

/** Yields after every few megabytes. */
function* slice(text: string, most: ReadonlyMap<string, number>): Generator<undefined, Slices | SliceFault> {
  const members = new Map<string, readonly string[]>();
  let rest = '';
  let copied = 0;
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const limit = text[value] === '[' ? most.get(keyOf(text.slice(at, keyEnd)) ?? '') : undefined;
    if (limit === undefined) at = endOfValue(text, value);
    else {
      const list = yield* sliceList(text, value, limit);
      if (typeof list === 'string') return list;
      const name = keyOf(text.slice(at, keyEnd)) ?? '';
      if (!members.has(name)) members.set(name, list.members);
      rest += `${text.slice(copied, value)}[]`;
      at = copied = list.end;
    }
    at = skipSpace(text, at);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return { members, rest: rest + text.slice(copied) };
}

function keyOf(quoted: string): string | undefined {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return undefined;
  }
}

function* sliceList(
  text: string,
  open: number,
  most: number,
): Generator<undefined, { readonly members: readonly string[]; readonly end: number } | SliceFault> {
  const members: string[] = [];
  let paused = open;
  let at = skipSpace(text, open + 1);
  if (text[at] === ']') return { members, end: at + 1 };
  for (;;) {
    if (at - paused > TURN) {
      yield;
      paused = at;
    }
    const end = endOfValue(text, at);
    if (end === at) return 'syntax';
    if (members.push(text.slice(at, end)) > most) return 'too-many';
    at = skipSpace(text, end);
    if (text[at] === ']') return { members, end: at + 1 };
    if (text[at] !== ',') return 'syntax';
    at = skipSpace(text, at + 1);
  }
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r')) at++;
  return at;
}

const WORD = /[^\s,\]}[{":]*/y;
const MARK = /["[\]{}]/g;

/** The index behind the value that begins at `start`; `start` if none does. */
function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  if (text[start] !== '{' && text[start] !== '[') {
    WORD.lastIndex = start;
    return start + (WORD.exec(text)?.[0].length ?? 0);
  }
  let depth = 0;
  MARK.lastIndex = start;
  for (let found = MARK.exec(text); found; found = MARK.exec(text)) {
    const [mark] = found;
    if (mark === '"') MARK.lastIndex = endOfString(text, found.index);
    else if (mark === '{' || mark === '[') depth++;
    else if (--depth === 0) return found.index + 1;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
  return text.length;
}
