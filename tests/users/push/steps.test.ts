// However push rules and messages are made, judging what arrives at once takes a bounded number of steps. What is counted are
// comparisons of characters, not time. https://spec.matrix.org/v1.19/client-server-api/#push-rules
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { LogEntry } from '../../../src/ports/contracts/room.ts';
import { matchesWhole, matchesWords, patternOf, Steps } from '../../../src/spec/glob.ts';
import { Judge, type JudgeNeighbours, STEPS_AT_ONCE } from '../../../src/users/push/judge.ts';
import { OwnRules } from '../../../src/users/push/own-rules.ts';
import { RuleClass, UserRules } from '../../../src/users/push/rule-class.ts';

const LONG = 60_000;
/** Patterns that make a search by trying everything quadratic, cubic or exponential. */
const SLOW = [
  '*a'.repeat(20),
  'a*'.repeat(300),
  `${'?a'.repeat(200)}b`,
  `${'a'.repeat(400)}b`,
  `*${'?'.repeat(500)}b*`,
  `${'*?'.repeat(200)}b`,
  `${'(a+)+'.repeat(50)}$`,
  '[a-z]*.*^$\\',
];
const SLOW_TEXTS = ['a'.repeat(LONG), 'ab'.repeat(LONG / 2), ' a'.repeat(LONG / 2), `${'a'.repeat(LONG - 1)}b`];

test('a search of those that are slow by nature ends where its steps do', () => {
  for (const glob of SLOW)
    for (const text of SLOW_TEXTS)
      for (const matches of [matchesWords, matchesWhole]) {
        const steps = new Steps(100_000);
        matches(patternOf(glob), text, steps);
        assert.ok(steps.left > -LONG / 16 - 1000, `${glob.slice(0, 20)}: ${steps.left}`);
      }
});

test('whatever the pattern and the text, a search ends within a part of where its steps do', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', 'A', '*', '?', ' ', '_', '\u0130', '\ud83d'), { maxLength: 60 });
  fc.assert(
    fc.property(letters, letters, fc.nat(300), fc.nat(2000), (glob, text, times, most) => {
      for (const matches of [matchesWords, matchesWhole]) {
        const steps = new Steps(most);
        matches(patternOf(glob.join('')), text.join('').toLowerCase().repeat(times), steps);
        assert.ok(steps.left >= -2 - glob.join('').toLowerCase().length * 2 - (times * 120) / 16, String(steps.left));
      }
    }),
    { numRuns: 500 },
  );
});

/** `count` users of ours in a room, each with rules of their own that are made to be slow. */
function hostileJudge(t: TestContext, count: number) {
  const users = Array.from({ length: count }, (_, n) => `@u${n}:hs1`);
  const own = new Map(
    users.map((userId, n) => {
      const rules = SLOW.map((pattern, index) => [
        'content',
        { rule_id: `${n} ${index}`, default: false, enabled: true, pattern: `${pattern}${n}`, actions: ['notify'] },
      ]) as unknown as ConstructorParameters<typeof RuleClass>[1];
      return [userId, new RuleClass(`class ${n}`, rules)] as const;
    }),
  );
  const plain = new UserRules(OwnRules.none);
  let spent = 0;
  let given = 0;
  const { judge } = RuleClass.prototype;
  t.mock.method(RuleClass.prototype, 'judge', function (this: RuleClass, ...args: Parameters<typeof judge>) {
    const [, , steps] = args;
    const before = steps.left;
    given += before;
    const outcome = judge.apply(this, args);
    spent += before - steps.left;
    return outcome;
  });
  const neighbours: JudgeNeighbours = {
    words: { number: () => 1 } as unknown as JudgeNeighbours['words'],
    rulesOf: (userId) => {
      const ruleClass = own.get(userId);
      return ruleClass ? ({ own: plain.own, classIn: () => ruleClass } as unknown as UserRules) : plain;
    },
    isOurs: () => true,
  };
  const members = new Map(
    [...users, '@sender:hs1'].map((userId) => [userId, { userId, membership: 'join', displayName: 'aab' }]),
  );
  return { judge: new Judge(neighbours), members, spent: () => spent, given: () => given };
}

function messages(count: number, body: string): LogEntry[] {
  return Array.from({ length: count }, (_, n) => ({
    roomPos: n + 1,
    kind: 'event' as const,
    memberships: [],
    event: {
      eventId: `$${n}`,
      type: 'm.room.message',
      sender: '@sender:hs1',
      originServerTs: 0,
      push: {
        content: { body, 'm.mentions': { user_ids: Array.from({ length: 1000 }, (_one, user) => `@u${user}:hs1`) } },
        threadId: 'main',
        joined: 3,
        senderLevel: 0,
        notificationLevels: [],
      },
    },
  }));
}

for (const [users, entries] of [
  [1, 1],
  [10, 1],
  [100, 1],
  [300, 1],
  [10, 100],
] as const)
  test(`${users} users with slow rules, ${entries} long messages at once: all together take what one may`, (t) => {
    const { judge, members, spent, given } = hostileJudge(t, users);
    judge.judge('!room', { members }, messages(entries, 'a'.repeat(LONG)));
    assert.ok(spent() > 0);
    assert.ok(given() <= STEPS_AT_ONCE, `${given()} steps were given`);
    assert.ok(spent() <= STEPS_AT_ONCE * 1.5, `${spent()} steps were taken`);
  });

test('a keyword is found in an ordinary message, however many others have slow rules', (t) => {
  const { judge, members } = hostileJudge(t, 200);
  const found = judge.judge('!room', { members }, messages(1, `${'word '.repeat(100)}a${'a'.repeat(100)}0`));
  assert.ok(found[0] !== undefined);
});
