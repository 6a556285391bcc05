// The header that signs a request between servers.
// https://spec.matrix.org/v1.19/server-server-api/#request-authentication
// https://datatracker.ietf.org/doc/html/rfc9110#section-11.4

/** One signature of a request, as its header names it. Nothing in it is checked but that it is there. */
export interface XMatrix {
  readonly origin: string;
  /** Undefined if the sender is so old that it names none. */
  readonly destination: string | undefined;
  readonly key: string;
  readonly signature: string;
}

const SPACES = /[ \t]*/y;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
/** Older servers write colons without quotes. */
const BARE_VALUE = /[!#$%&'*+.^_`|~0-9A-Za-z:-]+/y;
const QUOTED = /"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*)"/y;
/** As long as a header with a few signatures of long names. */
const LONGEST = 16_384;
const MOST_SIGNATURES = 10;

/**
 * The signatures that an `Authorization` header names; a server with several keys sends several, in fields of one name or in
 * one. Undefined if it is not exactly what the grammar allows, names a parameter twice, or holds credentials of another kind.
 */
export function parseXMatrix(header: string): readonly XMatrix[] | undefined {
  if (header.length > LONGEST) return undefined;
  const reader = new Reader(header);
  const found: XMatrix[] = [];
  while (!reader.atEnd) {
    const one = readCredentials(reader);
    if (one === undefined || found.push(one) > MOST_SIGNATURES) return undefined;
  }
  return found.length === 0 ? undefined : found;
}

/** As the specification asks of senders: one space, lower-case names, no space around commas, everything quoted. */
export function writeXMatrix({ origin, destination, key, signature }: XMatrix & { destination: string }): string {
  return `X-Matrix origin="${origin}",destination="${destination}",key="${key}",sig="${signature}"`;
}

/** Reads one scheme and its parameters, up to the end or to the next scheme. */
function readCredentials(reader: Reader): XMatrix | undefined {
  reader.skipSeparators();
  if (reader.take(TOKEN)?.toLowerCase() !== 'x-matrix') return undefined;
  if (!reader.takeSpace()) return undefined;
  const parameters = new Map<string, string>();
  for (;;) {
    reader.skipSeparators();
    if (reader.atEnd || reader.atScheme()) break;
    const name = reader.take(TOKEN)?.toLowerCase();
    reader.take(SPACES);
    if (name === undefined || !reader.takeText('=')) return undefined;
    reader.take(SPACES);
    const value = reader.quoted() ?? reader.take(BARE_VALUE);
    // The text of the specification calls it `signature`, its examples and everybody else `sig`.
    const known = name === 'signature' ? 'sig' : name;
    if (value === undefined || parameters.has(known)) return undefined;
    parameters.set(known, value);
    reader.take(SPACES);
    if (!reader.atEnd && !reader.atText(',')) return undefined;
  }
  const [origin, key, signature] = [parameters.get('origin'), parameters.get('key'), parameters.get('sig')];
  if (origin === undefined || key === undefined || signature === undefined) return undefined;
  return { origin, destination: parameters.get('destination'), key, signature };
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.take(SPACES);
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  atText(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  takeText(text: string): boolean {
    if (!this.atText(text)) return false;
    this.#at += text.length;
    return true;
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** At least one space, and whatever white space follows it. */
  takeSpace(): boolean {
    return this.takeText(' ') && this.take(SPACES) !== undefined;
  }

  quoted(): string | undefined {
    QUOTED.lastIndex = this.#at;
    const [whole, inner] = QUOTED.exec(this.#text) ?? [];
    if (whole === undefined || inner === undefined) return undefined;
    this.#at += whole.length;
    return inner.replace(/\\(.)/gs, '$1');
  }

  /** A list may have empty members. */
  skipSeparators(): void {
    this.take(/[ \t,]*/y);
  }

  /** Whether another scheme begins here: a token, a space, and something that is no `=`. */
  atScheme(): boolean {
    const scheme = /[!#$%&'*+.^_`|~0-9A-Za-z-]+ +[^=\s,]/y;
    scheme.lastIndex = this.#at;
    return scheme.test(this.#text);
  }
}
