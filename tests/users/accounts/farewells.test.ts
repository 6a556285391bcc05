// What a deactivated account has yet to leave is left in the end, whatever fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectEnv } from '../../../src/ports/object-env.ts';
import { Connection } from '../../../src/runtime/shared/connection.ts';
import { SqlView } from '../../../src/runtime/shared/sql-view.ts';
import { Turns } from '../../../src/runtime/shared/turns.ts';
import { forbidden } from '../../../src/spec/errors.ts';
import { accountsStep } from '../../../src/users/accounts/schema.ts';
import { sessionsStep } from '../../../src/users/accounts/sessions-schema.ts';
import { Farewells } from '../../../src/users/accounts/farewells.ts';

const ALICE = '@alice:hs1';

/** `answers` decides what a room says to a leave. */
function world(answers: (roomId: string) => void) {
  const connection = new Connection(':memory:', []);
  const turns = new Turns(connection, { atEnd: () => undefined, failpoint: () => undefined });
  const sql = new SqlView(turns, { writing: () => undefined, committed: () => undefined, poisoned: () => undefined });
  for (const step of [accountsStep, sessionsStep]) connection.script(step);
  const asked: string[] = [];
  const forgotten: string[] = [];
  const alarms: number[] = [];
  // What is under test touches nothing else of the world.
  const env = {
    owner: 1,
    name: '1',
    sql,
    clock: { now: () => 1000 },
    alarm: { arm: (at: number) => void alarms.push(at) },
    log: { warn: () => undefined },
    actors: {
      room: (roomId: string) => ({
        writing: {
          senderErased: async () => void asked.push(`erased ${roomId}`),
          changeMembership: async () => {
            asked.push(`leave ${roomId}`);
            answers(roomId);
          },
        },
        lifecycle: { forget: async () => void forgotten.push(roomId) },
      }),
    },
  } as unknown as ObjectEnv;
  const farewells = new Farewells(env);
  const note = (rooms: readonly string[], erased: boolean): void => {
    sql.transaction(() => farewells.note(ALICE, rooms, erased));
  };
  return { farewells, note, asked, forgotten, alarms };
}

test('a room that fails is asked again, one that refuses is not', async () => {
  let broken = true;
  const { farewells, note, asked, forgotten, alarms } = world((roomId) => {
    if (roomId === '!refuses') throw forbidden();
    if (broken) throw new Error('away');
  });
  note(['!fails', '!refuses'], false);
  assert.equal(alarms.length, 1);
  await farewells.run();
  farewells.comeBack();
  assert.equal(alarms.length, 2);
  broken = false;
  await farewells.run();
  assert.deepEqual(asked, ['leave !fails', 'leave !refuses', 'leave !fails']);
  // What an account that has ended remembers keeps no room.
  assert.deepEqual(forgotten, ['!refuses', '!fails']);
  farewells.comeBack();
  assert.equal(alarms.length, 2);
});

test('a room hears of the erasure before the account leaves it', async () => {
  const { farewells, note, asked } = world(() => undefined);
  note(['!a'], true);
  // Noted again without an erasure, it stays one.
  note(['!a'], false);
  await farewells.run();
  assert.deepEqual(asked, ['erased !a', 'leave !a']);
});

test('very many rooms are left, one after another', async () => {
  const { farewells, note, asked } = world(() => undefined);
  const rooms = Array.from({ length: 100 }, (_, n) => `!${n}`);
  note(rooms, false);
  await farewells.run();
  assert.equal(new Set(asked).size, 100);
});
