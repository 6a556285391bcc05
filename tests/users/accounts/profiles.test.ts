// How a changed profile reaches the rooms: all of them, with what it is last, whatever fails.
// https://spec.matrix.org/v1.19/client-server-api/#events-on-change-of-profile-information
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import type { Profile } from '../../../src/ports/contracts/room.ts';
import type { ObjectEnv } from '../../../src/ports/object-env.ts';
import { forbidden, MatrixError } from '../../../src/spec/errors.ts';
import { Profiles } from '../../../src/users/accounts/profiles.ts';
import { usersSchema } from '../../../src/users/schema.ts';
import { MemorySql } from '../../rooms/memory-sql.ts';

const ALICE = '@alice:hs1';

/** `hear` is what a room does when it is told. */
function world(rooms: readonly string[], hear: (roomId: string) => Promise<void> | void) {
  const sql = new MemorySql(usersSchema);
  const told: string[] = [];
  const alarms: number[] = [];
  let now = 0;
  // The part under test touches nothing else of the world.
  const env = {
    owner: 1,
    name: '1',
    sql,
    clock: { now: () => now, monotonic: () => now },
    alarm: { arm: (at: number) => void alarms.push(at) },
    log: { warn: () => undefined },
    actors: {
      room: (roomId: string) => ({
        writing: {
          profileChanged: async (_userId: string, { displayName }: Profile) => {
            await hear(roomId);
            told.push(`${roomId} ${displayName ?? '-'}`);
          },
        },
      }),
    },
  } as unknown as ObjectEnv;
  const boot = (): Profiles => new Profiles(env, { joinedRooms: () => rooms, changed: () => undefined });
  const left = (): number => sql.all('SELECT * FROM users_profile_errands').length;
  return {
    sql,
    told,
    alarms,
    boot,
    left,
    profiles: boot(),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const settle = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await turn();
};

test('a name reaches every room, however many there are', async () => {
  const rooms = Array.from({ length: 1500 }, (_, n) => `!${n}`);
  const { profiles, told, left } = world(rooms, () => undefined);
  profiles.set(ALICE, 'displayname', 'A');
  await profiles.runErrands();
  assert.deepEqual([new Set(told).size, left()], [1500, 0]);
});

test('a field that member events do not carry is told to no room', async () => {
  const { profiles, told, alarms } = world(['!a'], () => undefined);
  profiles.set(ALICE, 'm.tz', 'Europe/Paris');
  await profiles.runErrands();
  assert.deepEqual([told, alarms], [[], []]);
});

test('a change while another one is being told is told without waiting for the alarm', async () => {
  const gate = Promise.withResolvers<void>();
  const { profiles, told, left } = world(['!a', '!b'], () => gate.promise);
  profiles.set(ALICE, 'displayname', 'A');
  profiles.set(ALICE, 'displayname', 'B');
  await turn();
  profiles.set(ALICE, 'displayname', 'C');
  gate.resolve();
  await settle();
  for (const room of ['!a', '!b'])
    assert.equal(
      told.findLast((text) => text.startsWith(room)),
      `${room} C`,
    );
  assert.equal(left(), 0);
});

test('a room that is silent holds up no other', async () => {
  const { profiles, told } = world(['!a', '!b', '!c'], (room) =>
    room === '!a' ? new Promise(() => undefined) : undefined,
  );
  profiles.set(ALICE, 'displayname', 'A');
  await settle();
  assert.deepEqual(told.toSorted(), ['!b A', '!c A']);
});

test('a room that fails hears of it later, one that refuses is left alone', async () => {
  let broken = true;
  const { profiles, told, left, alarms, boot } = world(['!fails', '!large', '!refuses'], (room) => {
    if (room === '!refuses') throw forbidden();
    if (room === '!large') throw new MatrixError(413, 'M_TOO_LARGE', 'too large');
    if (broken) throw new Error('away');
  });
  profiles.set(ALICE, 'displayname', 'A');
  assert.equal(alarms.length, 1);
  await profiles.runErrands();
  assert.equal(left(), 1);
  profiles.comeBack();
  assert.equal(alarms.length, 2);
  broken = false;
  await boot().runErrands();
  assert.deepEqual([told, left()], [['!fails A'], 0]);
});

test('a change that is undone with its transaction is told to nobody', async () => {
  const { profiles, told, left, sql } = world(['!a'], () => undefined);
  sql.writesLeft = 1;
  assert.throws(() => {
    profiles.set(ALICE, 'displayname', 'A');
  }, /full/);
  sql.writesLeft = Infinity;
  await profiles.runErrands();
  assert.deepEqual([told, left(), profiles.get(ALICE)], [[], 0, {}]);
});

test('a room that was being joined meanwhile hears of the change', async () => {
  const { profiles, told, pass, sql } = world([], () => undefined);
  const join = (roomId: string): void => {
    sql.transaction(() => {
      profiles.joined(ALICE, roomId);
    });
  };
  join('!before');
  profiles.set(ALICE, 'displayname', 'A');
  join('!meanwhile');
  await settle();
  pass(120_000);
  join('!later');
  await settle();
  assert.deepEqual(told, ['!meanwhile A']);
});

test('a profile stays below 64 KiB, and a field may be removed from a full one', () => {
  const { profiles } = world([], () => undefined);
  const rest = 65_536 - '{"m.a":""}'.length;
  assert.throws(() => {
    profiles.set(ALICE, 'm.a', 'x'.repeat(rest));
  }, /less than/);
  profiles.set(ALICE, 'm.a', 'x'.repeat(rest - 1));
  assert.throws(() => {
    profiles.set(ALICE, 'm.b', null);
  }, /less than/);
  assert.deepEqual(Object.keys(profiles.get(ALICE)), ['m.a']);
  profiles.set(ALICE, 'm.a', undefined);
  assert.deepEqual(profiles.get(ALICE), {});
});

test('null is a value like others, and a deleted field is gone', () => {
  const { profiles } = world([], () => undefined);
  profiles.set(ALICE, 'm.a', null);
  assert.deepEqual(profiles.get(ALICE), { 'm.a': null });
  profiles.set(ALICE, 'm.a', undefined);
  profiles.set(ALICE, 'm.a', undefined);
  assert.deepEqual(profiles.get(ALICE), {});
});
