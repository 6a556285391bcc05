// The way from one server to another, one direction of it: how long it takes, and what goes wrong on it how often.
// Everything here is what a server on the real network sees of others: connections refused, requests that get lost or arrive
// twice, answers that never come, or come cut short, drop by drop, or from something in between that is no Matrix server.

export interface Link {
  /** The longest delay, in milliseconds; each message draws its own, so that later ones overtake. */
  readonly delayMs: number;
  /** How many of a hundred: the request never arrives. */
  readonly requestsLost: number;
  /** The request arrives, its answer does not. */
  readonly answersLost: number;
  /** The request arrives a second time, later. */
  readonly doubled: number;
  /** Nobody takes the connection. */
  readonly refused: number;
  /** Something in between answers 5xx: half of the time the request has arrived all the same. */
  readonly failed: number;
  /** The answer ends too early. */
  readonly cutShort: number;
  /** The answer comes drop by drop, for longer than most wait. */
  readonly dripped: number;
  /** The answer is 200 and not what the server said. */
  readonly garbled: number;
  /** Nothing goes this way. */
  readonly cut: boolean;
  /** What goes this way waits until then, in virtual milliseconds. */
  readonly cloggedUntil: number;
}

export const CALM: Link = {
  delayMs: 20,
  requestsLost: 0,
  answersLost: 0,
  doubled: 0,
  refused: 0,
  failed: 0,
  cutShort: 0,
  dripped: 0,
  garbled: 0,
  cut: false,
  cloggedUntil: 0,
};

/** The links of all pairs of servers, by the host names that they have towards each other. */
export class Links {
  readonly #links = new Map<string, Link>();
  /** What a pair has that is not named. */
  usual: Link = CALM;

  between(from: string, to: string): Link {
    return this.#links.get(`${from} ${to}`) ?? this.usual;
  }

  change(from: string, to: string, change: Partial<Link>): void {
    this.#links.set(`${from} ${to}`, { ...this.between(from, to), ...change });
  }

  /** Whether `/_matrix/key/` is reached whatever the links are like. */
  keysStay = false;

  /** The link that a request takes. */
  of(from: string, to: string, path: string): Link {
    return this.keysStay && path.startsWith('/_matrix/key/') ? CALM : this.between(from, to);
  }

  /** Everything goes well again. */
  calm(): void {
    this.#links.clear();
    this.usual = CALM;
  }
}
