// Glob patterns: `*` for any characters, `?` for one, without regard to case, in a bounded number of steps.
// https://spec.matrix.org/v1.19/appendices/#glob-style-matching

/**
 * Steps that one evaluation of a set of rules may take, as comparisons of characters. A pattern that is not decided within them
 * does not match: patterns and texts are strangers', and both can be made so that a search is slow.
 */
export class Steps {
  left: number;

  constructor(most = 1_000_000) {
    this.left = most;
  }
}

export interface Pattern {
  /** The parts between the asterisks, in lower case; `?` stands for any character where `wild`. */
  readonly parts: readonly string[];
  readonly wild: boolean;
}

export function patternOf(glob: string): Pattern {
  return { parts: glob.toLowerCase().split(/\*+/), wild: glob.includes('?') };
}

/** A text that stands for itself. */
export function literally(text: string): Pattern {
  return { parts: [text.toLowerCase()], wild: false };
}

/** Whether the whole text matches. `text` is in lower case. */
export function matchesWhole(pattern: Pattern, text: string, steps: Steps): boolean {
  const { parts } = pattern;
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (parts.length === 1) return text.length === first.length && fits(pattern, first, text, 0, steps);
  let at = first.length;
  const end = text.length - last.length;
  if (at > end || !fits(pattern, first, text, 0, steps) || !fits(pattern, last, text, end, steps)) return false;
  for (const part of parts.slice(1, -1)) {
    const found = find(pattern, part, text, at, end, steps);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}

/**
 * Whether some part of the text matches that begins and ends at a word boundary: the start or end of the text, or a character
 * that is no ASCII letter, digit or underscore.
 */
export function matchesWords(pattern: Pattern, text: string, steps: Steps): boolean {
  const { parts } = pattern;
  let at = -1;
  // The leftmost place of each part leaves most for the others, so that no choice is ever taken back.
  for (const [index, part] of parts.entries()) {
    const [isFirst, isLast] = [index === 0, index === parts.length - 1];
    let found = find(pattern, part, text, Math.max(at, 0), text.length, steps);
    while (found >= 0 && ((isFirst && isWord(text, found - 1)) || (isLast && isWord(text, found + part.length))))
      found = found === text.length ? -1 : find(pattern, part, text, found + 1, text.length, steps);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}

function isWord(text: string, index: number): boolean {
  const code = index < 0 ? NaN : text.charCodeAt(index);
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 95 || (code >= 65 && code <= 90);
}

/** The first place at or after `from` where a part stands that ends at or before `end`; -1 if there is none, or no step is left. */
function find(pattern: Pattern, part: string, text: string, from: number, end: number, steps: Steps): number {
  steps.left--;
  for (let at = from; at + part.length <= end; at++) {
    const next = pattern.wild && part.startsWith('?') ? at : text.indexOf(part.slice(0, 1), at);
    if (next < 0 || next + part.length > end) return -1;
    // To run over characters costs much less than to compare them.
    steps.left -= (next - at) >> 4;
    at = next;
    if (steps.left <= 0) return -1;
    if (fits(pattern, part, text, at, steps)) return at;
  }
  return -1;
}

function fits({ wild }: Pattern, part: string, text: string, at: number, steps: Steps): boolean {
  for (let index = 0; index < part.length; index++) {
    const code = part.charCodeAt(index);
    steps.left--;
    if (code !== text.charCodeAt(at + index) && !(wild && code === 63 && at + index < text.length)) return false;
  }
  return steps.left > 0;
}
