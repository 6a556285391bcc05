// Rare things that the seeds are to bring. A list of seeds that never brings one of them shows less than it seems to.
export const RARE = [
  'an event was soft-failed',
  'an event was rejected',
  'a soft-failed event was built upon',
  'a room had three branches or more',
  'a life ended inside a step',
  'a join came through another server',
  'a server was cut off',
  'a gap was filled',
  'the hostile server was in a room',
  'a client was refused',
  'an invite came from another server',
] as const;
export type Mark = (typeof RARE)[number];

export class Marks {
  readonly seen = new Map<string, number>();

  note(mark: string, times = 1): void {
    if (times > 0) this.seen.set(mark, (this.seen.get(mark) ?? 0) + times);
  }

  add(other: Marks): void {
    for (const [mark, times] of other.seen) this.note(mark, times);
  }

  missing(): readonly Mark[] {
    return RARE.filter((mark) => !this.seen.has(mark));
  }
}
