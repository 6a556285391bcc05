// Whether a user is called what is searched for, and how well it fits.
// https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3user_directorysearch
import { localpartOf } from '../../spec/identifiers/user-id.ts';

const WORDS_MAX = 20;

export interface SearchTerm {
  readonly whole: string;
  readonly words: readonly string[];
}

/** Undefined if there is nothing to search for. */
export function searchTerm(text: string): SearchTerm | undefined {
  const whole = fold(text).trim();
  const words = whole.split(/\s+/u).slice(0, WORDS_MAX);
  return whole === '' ? undefined : { whole, words };
}

/** Undefined if it does not fit; the smaller the better. Every word must stand in the id or in the name. */
export function rankOf(term: SearchTerm, userId: string, displayName: string | undefined): number | undefined {
  const id = fold(userId);
  const name = fold(displayName ?? '');
  if (!term.words.every((word) => id.includes(word) || name.includes(word))) return undefined;
  const called = [name, id, localpartOf(id)];
  const fit = called.includes(term.whole) ? 0 : called.some((one) => one.startsWith(term.whole)) ? 1 : 2;
  return fit * 2 + (name === '' ? 1 : 0);
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
