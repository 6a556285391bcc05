// Rare things that a run came to, counted: a storm that never brings one of them proves nothing about it.

export const MARKS = [
  'a request had no answer',
  'a client gave up',
  'a gap was filled',
  'a gap of several pages was filled',
  'an older token was used again',
  'two syncs ran at once',
  'a room was left',
  'a room was joined again',
  'an invite was shown',
  'a user was not let in',
  'a device signed in',
  'a device signed out',
  'a device list changed',
  'a device list was dropped',
  'an event was redacted',
  'a one-time key was claimed',
  'no one-time key was left',
  'a message came to a device',
  'a send was repeated',
  'a machine died between two steps',
  'a life ended inside a step',
  'a statement failed',
  'the clock was set',
  'a room was left out',
] as const;
export type Mark = (typeof MARKS)[number];

export class Marks {
  readonly counts = new Map<Mark, number>();

  note(mark: Mark, times = 1): void {
    if (times > 0) this.counts.set(mark, (this.counts.get(mark) ?? 0) + times);
  }

  add(other: Marks): void {
    for (const [mark, count] of other.counts) this.note(mark, count);
  }

  /** What never happened. */
  missing(): readonly Mark[] {
    return MARKS.filter((mark) => !this.counts.has(mark));
  }
}
