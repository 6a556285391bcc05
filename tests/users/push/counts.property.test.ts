// Whatever is said, read, redacted, muted, ignored, joined and left, and whenever the object restarts: the counts are those that
// somebody finds who goes through the whole history for each user.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALICE, BOB, CAROL, DAVE, MANNERS, PushWorld, type Manner } from './push-world.ts';

const OURS = [ALICE, BOB, CAROL];
const SENDERS = [...OURS, DAVE];
const THREADS = ['main', '$one', '$two'];

interface Said {
  readonly kind: 'say';
  readonly sender: string;
  readonly thread: string;
  readonly body: string;
  readonly mentions: readonly string[];
}

type Deed =
  | { readonly kind: 'burst'; readonly said: readonly Said[] }
  | { readonly kind: 'read'; readonly user: string; readonly back: number; readonly thread: string | undefined }
  | { readonly kind: 'redact'; readonly back: number }
  | { readonly kind: 'manner'; readonly user: string; readonly manner: Manner }
  | { readonly kind: 'ignore'; readonly user: string; readonly ignored: readonly string[] }
  | { readonly kind: 'move'; readonly user: string }
  | { readonly kind: 'look'; readonly user: string }
  | { readonly kind: 'restart' };

const kind = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);
const ours = fc.constantFrom(...OURS);
const said: fc.Arbitrary<Said> = fc.record({
  kind: kind('say'),
  sender: fc.constantFrom(...SENDERS),
  thread: fc.constantFrom(...THREADS),
  body: fc.constantFrom('hello', 'cake', 'more cake!', 'pancakes'),
  mentions: fc.subarray(OURS, { maxLength: 1 }),
});
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: kind('burst'), said: fc.array(said, { minLength: 1, maxLength: 3 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind('read'),
      user: ours,
      back: fc.nat(6),
      thread: fc.option(fc.constantFrom(...THREADS), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('redact'), back: fc.nat(8) }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('manner'), user: ours, manner: fc.constantFrom(...MANNERS) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('ignore'), user: ours, ignored: fc.subarray(SENDERS) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('move'), user: ours }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('look'), user: ours }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('restart') }) },
);

/** One who remembers everything and counts anew each time. */
class Historian {
  readonly events: { readonly said: Said | undefined; readonly outcome: ReadonlyMap<string, number>; gone: boolean }[] =
    [];
  readonly manners = new Map<string, Manner>();
  readonly ignored = new Map<string, readonly string[]>();
  readonly joined = new Map<string, number>();
  readonly reads: { readonly user: string; readonly thread: string | undefined; readonly upTo: number }[] = [];

  say(event: Said): void {
    const outcome = new Map(OURS.map((user) => [user, this.#outcome(user, event)]));
    this.events.push({ said: event, outcome, gone: false });
  }

  /** Something that counts for nobody. */
  note(): void {
    this.events.push({ said: undefined, outcome: new Map(), gone: false });
  }

  count(user: string): Record<string, [number, number]> {
    const counts: Record<string, [number, number]> = {};
    const joined = this.joined.get(user);
    if (joined === undefined) return counts;
    for (const [index, event] of this.events.entries()) {
      const { said: words, gone } = event;
      const outcome = event.outcome.get(user) ?? 0;
      if (words === undefined || gone || outcome === 0 || index < joined || words.sender === user) continue;
      if (this.ignored.get(user)?.includes(words.sender) === true && words.sender !== user) continue;
      const isRead =
        this.reads.some(
          (read) =>
            read.user === user && read.upTo >= index && (read.thread === undefined || read.thread === words.thread),
        ) ||
        this.events.some(
          (other, at) => at > index && other.said?.sender === user && other.said.thread === words.thread,
        );
      if (isRead) continue;
      const sum = (counts[words.thread] ??= [0, 0]);
      sum[0] += 1;
      if (outcome === 2) sum[1] += 1;
    }
    return counts;
  }

  #outcome(user: string, { body, mentions }: Said): number {
    const manner = this.manners.get(user) ?? 'ordinary';
    if (manner === 'off') return 0;
    if (manner === 'loud') return 2;
    if (mentions.includes(user)) return 2;
    if (manner === 'keyword' && /\bcake\b/.test(body)) return 2;
    return manner === 'muted' ? 0 : 1;
  }
}

async function perform(world: PushWorld, historian: Historian, deed: Deed): Promise<void> {
  switch (deed.kind) {
    case 'burst': {
      const present = deed.said.filter(({ sender }) => sender === DAVE || historian.joined.has(sender));
      for (const one of present) {
        historian.say(one);
        world.say(one);
      }
      return world.tell();
    }
    case 'read': {
      const index = historian.events.length - 1 - deed.back;
      if (index < 0 || !historian.joined.has(deed.user)) return;
      const { thread } = deed;
      historian.reads.push({ user: deed.user, thread, upTo: index });
      return world.push.read(deed.user, world.roomId, thread, index + 1, deed.back % 2 === 0);
    }
    case 'redact': {
      const index = historian.events.length - 1 - deed.back;
      const target = historian.events[index];
      if (target?.said === undefined || target.gone) return;
      target.gone = true;
      historian.note();
      world.redact(index + 1);
      return world.tell();
    }
    case 'manner':
      historian.manners.set(deed.user, deed.manner);
      return world.behave(deed.user, deed.manner);
    case 'ignore':
      historian.ignored.set(deed.user, deed.ignored);
      return world.ignore(deed.user, deed.ignored);
    case 'move': {
      const leaves = historian.joined.has(deed.user);
      historian.note();
      if (leaves) historian.joined.delete(deed.user);
      else historian.joined.set(deed.user, historian.events.length);
      world.move(deed.user, leaves ? 'leave' : 'join');
      return world.tell();
    }
    case 'look':
      return assert.deepEqual(world.counts(deed.user), historian.count(deed.user));
    case 'restart':
      return world.restart();
  }
}

test('unread counts are what the whole history says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 60 }), async (deeds) => {
      const world = new PushWorld();
      const historian = new Historian();
      for (const user of OURS) await perform(world, historian, { kind: 'move', user });
      for (const one of deeds) await perform(world, historian, one);
      for (const user of OURS) assert.deepEqual(world.counts(user), historian.count(user), user);
      world.restart();
      for (const user of OURS) assert.deepEqual(world.counts(user), historian.count(user), `${user} after a restart`);
    }),
    { numRuns: Number(process.env['PUSH_RUNS'] ?? 150) },
  );
});
