// Patterns and conditions of push rules. https://spec.matrix.org/v1.19/client-server-api/#conditions
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../../src/spec/json.ts';
import { conditionOf } from '../../../src/users/push/conditions.ts';
import { type JudgedEvent, pathOf } from '../../../src/users/push/event-fields.ts';
import { matchesWhole, matchesWords, patternOf, Steps } from '../../../src/spec/glob.ts';

const words = (glob: string, text: string, steps = new Steps()): boolean =>
  matchesWords(patternOf(glob), text.toLowerCase(), steps);
const whole = (glob: string, text: string): boolean => matchesWhole(patternOf(glob), text.toLowerCase(), new Steps());

function event(content: JsonObject, facts: Partial<JudgedEvent['facts']> = {}): JudgedEvent {
  return {
    fields: { type: 'm.room.message', sender: '@a:x', room_id: '!r', content },
    facts: { content, threadId: 'main', joined: 3, senderLevel: 0, notificationLevels: [['room', 50]], ...facts },
    sender: '@a:x',
  };
}

function holds(condition: Json, judged: JudgedEvent, displayName?: string): boolean {
  return conditionOf(condition)(judged, { userId: '@me:x', displayName }, new Steps());
}

test('a pattern has to match the whole value', () => {
  assert.ok(whole('lunc?*', 'Lunch plans') && whole('lunc?*', 'LUNCH') && whole('', '') && whole('*', ''));
  assert.ok(whole('a*b*c', 'aXbYc') && whole('*b*', 'abc') && whole('a**c', 'ac'));
  for (const [glob, text] of [
    ['lunc?*', ' lunch'],
    ['lunc?*', 'lunc'],
    ['a*a', 'a'],
    ['a*bc*c', 'abc'],
    ['', 'x'],
    ['a.c', 'abc'],
    ['[a]', 'a'],
  ] as const)
    assert.equal(whole(glob, text), false, `${glob} ${text}`);
});

test('in a body it has to match whole words, and may match several', () => {
  for (const [glob, text] of [
    ['ex*ple', 'An example event.'],
    ['ex*ple', 'exple'],
    ['ex*ple', 'An exciting triple-whammy'],
    ['cake', 'x cakes, CAKE'],
    ['c?ke', 'my cÜke'],
    ['@room', 'hi @room!'],
    ['cake*lie', 'cake is a lie'],
    ['*cake', 'pancake'],
  ] as const)
    assert.ok(words(glob, text), `${glob} ${text}`);
  for (const [glob, text] of [
    ['cake', 'pancake'],
    ['cake', 'cakes cake_'],
    ['ex*ple', 'example2'],
    ['cake', ''],
    ['a*b', 'a'],
  ] as const)
    assert.equal(words(glob, text), false, `${glob} ${text}`);
});

test('no pattern and no text make a search long', () => {
  const steps = new Steps();
  const text = 'a'.repeat(60_000);
  for (const glob of ['*a'.repeat(20), `${'?a'.repeat(200)}b`, `${'a'.repeat(400)}b`, 'a*'.repeat(300)])
    words(glob, text, steps);
  // What is over the bound ends at once.
  assert.ok(steps.left > -10_000);
  assert.equal(words('a'.repeat(50), text, steps), false);
});

test('a path is split at dots that are not escaped', () => {
  assert.deepEqual(pathOf('content.m\\.relates_to.rel_type'), ['content', 'm.relates_to', 'rel_type']);
  assert.deepEqual(pathOf('content.m\\\\foo'), ['content', 'm\\foo']);
  assert.deepEqual(pathOf('content.\\x'), ['content', '\\x']);
});

test('each condition holds where it says', () => {
  const judged = event({
    body: 'Hello Bob',
    n: 1,
    flag: true,
    nothing: null,
    list: ['a', 2, null],
    deep: { 'a.b': 'x' },
  });
  const is = (key: string, value: Json): boolean => holds({ kind: 'event_property_is', key, value }, judged);
  assert.ok(
    is('content.n', 1) && is('content.flag', true) && is('content.nothing', null) && is('content.deep.a\\.b', 'x'),
  );
  assert.ok(
    !is('content.n', '1') && !is('content.flag', 'true') && !is('content.absent', null) && !is('content.list', 2),
  );
  const contains = (value: Json): boolean =>
    holds({ kind: 'event_property_contains', key: 'content.list', value }, judged);
  assert.ok(contains('a') && contains(2) && contains(null) && !contains('2') && !contains('A'));
  const match = (key: string, pattern: string): boolean => holds({ kind: 'event_match', key, pattern }, judged);
  assert.ok(match('type', 'm.room.*') && match('content.body', 'bob') && match('room_id', '!R'));
  assert.ok(!match('content.n', '*') && !match('content.absent', '*') && !match('state_key', '*'));
  assert.ok(
    holds({ kind: 'contains_display_name' }, judged, 'bob') && !holds({ kind: 'contains_display_name' }, judged, 'bo'),
  );
  assert.ok(
    !holds({ kind: 'contains_display_name' }, judged, '') && !holds({ kind: 'contains_display_name' }, judged, 'b*'),
  );
  const count = (says: Json): boolean => holds({ kind: 'room_member_count', is: says }, judged);
  assert.ok(count('3') && count('==3') && count('<4') && count('<=3') && count('>2') && count('>=3'));
  assert.ok(!count('2') && !count('<3') && !count('3.0') && !count(3) && !count('=3'));
  const may = (key: string, senderLevel: number): boolean =>
    holds(
      { kind: 'sender_notification_permission', key },
      event({}, { senderLevel, notificationLevels: [['room', 10]] }),
    );
  assert.ok(may('room', 10) && !may('room', 9) && may('other', 50) && !may('other', 49));
});

test('what is not known or malformed never holds', () => {
  for (const condition of [
    { kind: 'org.example.unknown' },
    { kind: 'event_match', key: 'type' },
    { kind: 'event_property_is', key: 'content.x', value: {} },
    { kind: 'event_property_is', key: 'constructor', value: null },
    {},
    null,
  ])
    assert.equal(holds(condition, event({ x: {} })), false);
});
