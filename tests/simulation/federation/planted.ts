// Planted bugs of the engine for rooms of several servers: one line of its source replaced while it is loaded, in a process of
// its own that `catch.ts` starts. Nothing in the source knows of them, and nothing but a loader for tests can plant them.
// docs/compliance/simulation.md names the seeds that catch them.

export interface Plant {
  /** The invariants and laws that it breaks. */
  readonly breaks: string;
  readonly what: string;
  /** Below `src/`. */
  readonly file: string;
  /** What stands there once and only once. */
  readonly there: string;
  readonly instead: string;
}

export const PLANTS: { readonly [name: string]: Plant } = {
  'no-check-of-state-before': {
    breaks: 'S1, L4',
    what: 'check 5 on receipt is left out',
    file: 'rooms/receipt/receipt.ts',
    there: '    authorizedByStateBefore(data, pdu, rootBefore) ??\n',
    instead: '',
  },
  'no-check-of-auth-events': {
    breaks: 'S1, L4',
    what: 'check 4 on receipt is left out',
    file: 'rooms/receipt/receipt.ts',
    there: '    authorizedByAuthEvents(data, pdu) ??\n',
    instead: '',
  },
  'no-soft-failure': {
    breaks: 'S6, L4',
    what: 'soft-failed events are shown as accepted ones are',
    file: 'rooms/visibility.ts',
    there: "if (event.verdict !== 'accepted' || event.roomPos === undefined) return false;",
    instead: 'if (event.roomPos === undefined) return false;',
  },
  'soft-failed-is-an-end': {
    breaks: 'S6, V1',
    what: 'check 6 is left out: what the current state forbids is taken',
    file: 'rooms/receipt/receipt.ts',
    there: '(rootBefore === head.root ? undefined : authorizedByCurrentState(data, pdu, head.root)) ??',
    instead: 'undefined ??',
  },
  'signatures-unchecked': {
    breaks: 'S1, L4',
    what: 'signatures of one server are taken for valid',
    file: 'rooms/receipt/signatures.ts',
    there: '  const lacking: string[] = [];\n',
    instead: "  const lacking: string[] = [];\n  if (servers.includes('hs2.test')) return 'all';\n",
  },
  'hash-unchecked': {
    breaks: 'S1, L4',
    what: 'an event with tampered content is kept as it came',
    file: 'rooms/receipt/content-hash.ts',
    there: "if (signatures === 'made' || contentHashMatches(pdu.json, version, canonical)) return candidate;",
    instead: 'if (signatures !== undefined && contentHashMatches !== undefined) return candidate;',
  },
  'missing-auth-events-accepted': {
    breaks: 'S1, L4',
    what: 'auth events that nobody has do not matter',
    file: 'rooms/receipt/authorization.ts',
    there: "    if (event === undefined) return { outcome: 'rejected', reason: 'auth-event-missing' };\n",
    instead: '    if (event === undefined) continue;\n',
  },
  'rejected-enters-the-state': {
    breaks: 'V1, S1',
    what: 'a rejected event changes the state after it',
    file: 'rooms/change.ts',
    there: "if (pdu.stateKey !== undefined && verdict !== 'rejected') {",
    instead: 'if (pdu.stateKey !== undefined) {',
  },
  'last-writer-wins': {
    breaks: 'V1',
    what: 'branches are not resolved: the state of one of them holds',
    file: 'rooms/resolution.ts',
    there: 'for (const entry of resolve(resolvable(data, eventCount), roots)) {',
    instead: 'for (const entry of resolve(resolvable(data, eventCount), roots.slice(-1))) {',
  },
  'queue-dropped-on-failure': {
    breaks: 'V2',
    what: 'what another server did not take is not sent again',
    file: 'federation/sending.ts',
    there: 'const taken = isTaken(answer);',
    instead: 'const taken = isTaken(answer) || answer.kind !== undefined;',
  },
  'any-answer-is-taken': {
    breaks: 'V2',
    what: 'a 5xx counts as taken',
    file: 'federation/sending.ts',
    there: 'answer.status >= 200 && answer.status < 300',
    instead: 'answer.status >= 200',
  },
  'cursor-off-by-one': {
    breaks: 'V2',
    what: 'the cursor of a destination goes one event too far',
    file: 'servers/outbound/destinations.ts',
    there: '      destination.cursor = upTo;\n',
    instead: '      destination.cursor = upTo + 1;\n',
  },
  'no-second-try': {
    breaks: 'V2',
    what: 'a destination that failed once is not tried again',
    file: 'servers/outbound/destinations.ts',
    there: 'destination.retryAt = this.#env.clock.monotonic() + pause;',
    instead: 'destination.retryAt = pause > 0 ? Infinity : 0;',
  },
  'stays-without-end': {
    breaks: 'S6',
    what: 'servers that have left are sent what comes after',
    file: 'rooms/member-change.ts',
    there: '  else stays.end(server, roomPos);\n',
    instead: '  else void stays.end;\n',
  },
  'stays-without-beginning': {
    breaks: 'V2',
    what: 'servers that come in are sent nothing',
    file: 'rooms/member-change.ts',
    there: '  if (joins) stays.begin(server, roomPos);\n  else stays.end(server, roomPos);\n',
    instead: '  if (!joins) stays.end(server, roomPos);\n',
  },
  'served-without-visibility': {
    breaks: 'S6, L8',
    what: 'other servers read whatever there is',
    file: 'rooms/serving/server-view.ts',
    there: '    if (!this.sees(event) && !this.#needs(event)) return undefined;\n',
    instead: '    void this.#needs;\n',
  },
  'shown-without-visibility': {
    breaks: 'S6',
    what: 'who is not joined at an event sees it where only members may',
    file: 'rooms/visibility.ts',
    there: "    return standing.membership === 'invite' && standing.visibility === 'invited';\n",
    instead: "    return standing.membership !== 'ban';\n",
  },
  'state-of-the-state-after': {
    breaks: 'V1',
    what: 'the state at a gap is taken without what is new in it',
    file: 'rooms/receipt/claimed-state.ts',
    there: "if (pdu.stateKey === undefined || verdict === 'rejected') continue;",
    instead: "if (pdu.stateKey === undefined || verdict === 'rejected' || number > 9) continue;",
  },
  'gap-taken-for-none': {
    breaks: 'V1, S1',
    what: 'prev_events that are not here are left out of the state before',
    file: 'rooms/receipt/state-before.ts',
    there: '      if (claimed === undefined) return undefined;\n',
    instead: '      if (claimed === undefined && roots.length === 0) return undefined;\n',
  },
  'ends-are-forgotten': {
    breaks: 'V1',
    what: 'only the newest branch is an end of the room',
    file: 'rooms/change.ts',
    there: 'const ends = accepted && (!followed || beside.length === 0) ? [...beside, event] : beside;',
    instead: 'const ends = accepted && beside.length >= 0 && !followed ? [event] : [event];',
  },
  'keys-given-up-at-once': {
    breaks: 'V1',
    what: 'whose keys cannot be had at once is left out of the state at a gap',
    file: 'rooms/receipt/pursuit.ts',
    there: 'const KEYS_UNREACHED_MAX = 6;',
    instead: 'const KEYS_UNREACHED_MAX = 1;',
  },
  'known-events-come-twice': {
    breaks: 'S3, S5',
    what: 'an event that is here already is taken once more',
    file: 'rooms/receipt/receipt.ts',
    there:
      '  const known = change.data.byId(offered.pdu.eventId);\n  if (known !== undefined && !known.outlier) return known;\n',
    instead: '  const known = change.data.byId(offered.pdu.eventId);\n',
  },
  'soft-failed-comes-again': {
    breaks: 'S6',
    what: 'what the current state forbids is reconsidered as allowed when it comes again',
    file: 'rooms/receipt/receipt.ts',
    there:
      "  if (known.verdict !== 'soft-failed' || authorizedByCurrentState(data, known.pdu, head.root) !== undefined)\n",
    instead:
      "  if (known.verdict !== 'soft-failed' || authorizedByCurrentState(data, known.pdu, head.root) === head)\n",
  },
  'resident-while-arriving': {
    breaks: 'V2, V4',
    what: 'who has left a room joins it again alone, and nobody hears of it',
    file: 'rooms/arrival/outside.ts',
    there: '(!stays.any() && arrivals.get() === undefined)',
    instead: '(!stays.any() || arrivals.get() !== undefined)',
  },
  'acl-always-closed': {
    breaks: 'V2, L10',
    what: 'a room with any list of servers lets nobody in',
    file: 'rooms/serving/server-acl.ts',
    there: '  if (parts === undefined) return false;\n',
    instead: '  if (parts !== undefined) return false;\n',
  },
};
export const PLANTED: readonly string[] = Object.keys(PLANTS);
