// Power only flows downwards.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RoomVersion } from '../../src/events/room-version.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { Person, alice, bob, charlie } from './people.ts';
import type { Deed } from './people.ts';
import { rankedRoom } from './room-builder.ts';
import { ALL } from './room-versions.ts';

const dave = new Person('dave', 'd.example');
const OTHERS = [bob, charlie, dave];
const NAMES = ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite'] as const;

const level = fc.integer({ min: -5, max: 60 });
const users = fc.dictionary(fc.constantFrom(...OTHERS.map(({ id }) => id)), level);
const events = fc.dictionary(fc.constantFrom('m.room.power_levels', 'm.room.topic', 'm.room.message'), level);
const levels = fc.record(
  { users, events, ...Object.fromEntries(NAMES.map((name) => [name, level])) },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject & { readonly users?: JsonObject }>;
const version = fc.constantFrom(...ALL);

const withAlice = (version: RoomVersion, content: JsonObject & { readonly users?: JsonObject }): JsonObject =>
  version.privilegedCreators ? content : { ...content, users: { ...content.users, [alice.id]: 100 } };

test('who may change power levels raises nobody above themselves, and lowers nobody who is not below', () => {
  fc.assert(
    fc.property(version, levels, levels, fc.constantFrom(...OTHERS), (version, before, after, sender) => {
      const room = rankedRoom(version).must(
        ...OTHERS.map((person) => person.joins()),
        alice.ranks(withAlice(version, before)),
      );
      const old = room.powerLevels;
      const own = old.levelOf(sender.id);
      if (room.does(sender.ranks(withAlice(version, after))) !== 'allow') return;
      const now = room.powerLevels;
      for (const person of OTHERS) {
        // Who is taken out of the list falls back to the default for all, which may be higher.
        const reach = Math.max(own, old.levelOf(person.id), old.level('users_default'), 0);
        assert.ok(now.levelOf(person.id) <= reach);
        const named = Object.hasOwn(before.users ?? {}, person.id);
        if (person !== sender && named && old.levelOf(person.id) >= own)
          assert.equal(now.levelOf(person.id), old.levelOf(person.id));
      }
      for (const name of NAMES) {
        if (Object.hasOwn(before, name) && old.level(name) > own) assert.equal(now.level(name), old.level(name));
        if (now.level(name) !== old.level(name) && Object.hasOwn(after, name)) assert.ok(now.level(name) <= own);
      }
    }),
    { numRuns: 2000 },
  );
});

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.tuple(fc.constantFrom(...OTHERS), levels).map(([person, content]) => person.ranks(content)),
  fc
    .tuple(
      fc.constantFrom(...OTHERS),
      fc.constantFrom(alice, ...OTHERS),
      fc.constantFrom('join', 'invite', 'leave', 'ban', 'knock'),
    )
    .map(([person, target, membership]) => person.puts(target, membership)),
  fc
    .tuple(fc.constantFrom(...OTHERS), fc.constantFrom('public', 'invite', 'knock', 'private'))
    .map(([person, rule]) => person.opens(rule)),
);

test('whatever the others do together, Alice stays in her room and above them', () => {
  fc.assert(
    fc.property(version, levels, fc.array(deed, { maxLength: 25 }), (version, content, deeds) => {
      const room = rankedRoom(version).must(
        ...OTHERS.map((person) => person.joins()),
        alice.ranks(withAlice(version, content)),
      );
      const power = room.powerLevels.levelOf(alice.id);
      for (const one of deeds) {
        const tried = one.type === 'm.room.power_levels' ? { ...one, content: withAlice(version, one.content) } : one;
        room.does(tried);
      }
      assert.equal(room.powerLevels.levelOf(alice.id), power);
      assert.equal(room.state.get('m.room.member', alice.id)?.content['membership'], 'join');
      for (const person of OTHERS) assert.ok(room.powerLevels.levelOf(person.id) <= 60);
    }),
    { numRuns: 500 },
  );
});
