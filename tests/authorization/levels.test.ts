// Power levels as a value, and whether a redaction is applied.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mayRedact } from '../../src/authorization/may-redact.ts';
import { PowerLevels } from '../../src/authorization/power-levels.ts';
import { Person, alice, bob, charlie } from './people.ts';
import { TestRoom, creation, newRoom, rankedRoom } from './room-builder.ts';
import { ALL, from, only, upTo } from './room-versions.ts';

test('without power levels the creator has 100 and others nothing, up to version 11', () => {
  for (const version of upTo(11)) {
    const levels = newRoom(version).powerLevels;
    assert.deepEqual([levels.levelOf(alice.id), levels.levelOf(bob.id)], [100, 0]);
  }
});

test('with power levels the creator has what they say, up to version 11', () => {
  for (const version of upTo(11)) {
    const levels = newRoom(version).must(alice.ranks({ users_default: 7, users: { [bob.id]: 9 } })).powerLevels;
    assert.deepEqual([levels.levelOf(alice.id), levels.levelOf(bob.id), levels.levelOf(charlie.id)], [7, 9, 7]);
  }
});

test('creators have infinite power from version 12 on, with power levels and without', () => {
  for (const version of from(12)) {
    const room = new TestRoom(version).must(creation(alice, version, { additional_creators: [bob.id] }), alice.joins());
    for (const levels of [room.powerLevels, room.must(alice.ranks({ users_default: 7 })).powerLevels]) {
      assert.ok(levels.levelOf(alice.id) > Number.MAX_SAFE_INTEGER);
      assert.equal(levels.levelOf(alice.id), levels.levelOf(bob.id));
    }
    assert.equal(room.powerLevels.levelOf(charlie.id), 7);
    assert.equal(room.powerLevels.isCreator(bob.id), true);
    assert.equal(room.powerLevels.isCreator(charlie.id), false);
  }
});

test('every level has its default', () => {
  for (const version of ALL) {
    const levels = newRoom(version).powerLevels;
    const names = ['ban', 'kick', 'redact', 'invite', 'state_default', 'events_default', 'users_default'] as const;
    assert.deepEqual(
      names.map((name) => levels.level(name)),
      [50, 50, 50, 0, 50, 0, 0],
    );
    assert.deepEqual([levels.levelFor('m.room.topic', true), levels.levelFor('m.room.message', false)], [50, 0]);
    assert.equal(levels.levelToNotify('room'), 50);
  }
});

test('names of the language are ordinary names', () => {
  for (const version of ALL) {
    const levels = rankedRoom(version, { users_default: 3 }).powerLevels;
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      assert.deepEqual([levels.levelOf(name), levels.levelToNotify(name)], [3, 50]);
      assert.deepEqual([levels.levelFor(name, true), levels.levelFor(name, false)], [50, 0]);
    }
  }
});

test('a polluted map gives nobody power', () => {
  for (const version of ALL) {
    const content = JSON.parse(
      `{"users":{"__proto__":{"${bob.id}":100}},"events":{"__proto__":{"m.room.topic":0}},"__proto__":{"ban":0}}`,
    );
    const levels = new PowerLevels(content, undefined, version);
    assert.deepEqual([levels.levelOf(bob.id), levels.levelFor('m.room.topic', true), levels.level('ban')], [0, 50, 50]);
  }
});

test('levels are read as each version writes them', () => {
  const read = (value: never, number: number) => new PowerLevels({ ban: value }, undefined, only(number)).level('ban');
  const table: readonly (readonly [unknown, number, number, number])[] = [
    [7, 7, 7, 7],
    ['7', 7, 7, 50],
    [' -007 ', -7, -7, 50],
    [7.9, 7, 50, 50],
    [-7.9, -7, 50, 50],
    [1e300, 1e300, 50, 50],
    [Infinity, 50, 50, 50],
    ['7.9', 50, 50, 50],
    [null, 50, 50, 50],
    [true, 50, 50, 50],
    [[7], 50, 50, 50],
    [{}, 50, 50, 50],
  ];
  for (const [value, inFive, inNine, inTen] of table) {
    assert.deepEqual(
      [read(value as never, 5), read(value as never, 9), read(value as never, 10)],
      [inFive, inNine, inTen],
      String(value),
    );
  }
});

test('a redaction is applied for the redact level or within a server', () => {
  const levels = rankedRoom(only(11), { redact: 60 }, { [bob.id]: 60, [charlie.id]: 59 }).powerLevels;
  const neighbour = new Person('dave', 'c.example');
  assert.equal(mayRedact(bob.id, alice.id, levels), true);
  assert.equal(mayRedact(charlie.id, alice.id, levels), false);
  assert.equal(mayRedact(charlie.id, charlie.id, levels), true);
  assert.equal(mayRedact(charlie.id, neighbour.id, levels), true);
  assert.equal(mayRedact(charlie.id, '@dave:c.example:8448', levels), false);
  assert.equal(mayRedact('charlie', 'dave', levels), false);
});
