// States that other servers claim, of large rooms: worked out in pieces, so that nobody waits for all of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootOf } from '../../../src/rooms/receipt/claimed-state.ts';
import { RoomData } from '../../../src/rooms/room-data.ts';
import type { StateEntry } from '../../../src/rooms/states.ts';
import { aRoom } from '../world.ts';

const MEMBERS = 2500;

function members(name: string, first: number): StateEntry[] {
  return Array.from({ length: MEMBERS }, (_, index) => ({
    type: 'm.room.member',
    stateKey: `@${name}${index}:evil.test`,
    number: first + index,
  }));
}

test('a claimed state that differs wholly from ours is made in many turns, and is what was claimed', async () => {
  const room = await aRoom('12');
  const env = room.world.env(room.id);
  let turns = 0;
  let statements = 0;
  let most = 0;
  const clock = {
    ...env.clock,
    now: () => env.clock.now(),
    monotonic: () => env.clock.monotonic(),
    timer: (_ms: number, then: () => void) => {
      turns += 1;
      most = Math.max(most, room.world.sql.statements - statements);
      statements = room.world.sql.statements;
      queueMicrotask(then);
      return { cancel: () => undefined };
    },
  };
  const data = new RoomData({ ...env, clock });
  const ours = await rootOf(data, data.head.root, members('ours', 1000));
  assert.equal(data.states.all(ours).length, MEMBERS);
  const claimed = members('theirs', 10_000);
  [turns, statements, most] = [0, room.world.sql.statements, 0];
  const root = await rootOf(data, ours, claimed);
  const numbers = claimed.map(({ number }) => number);
  assert.deepEqual(
    data.states.all(root).toSorted((a, b) => a - b),
    numbers,
  );
  // Its keys are looked up, those of ours walked, and both edited.
  assert.ok(turns >= 4 * (MEMBERS / 500) - 2, String(turns));
  assert.ok(most <= 1100, String(most));
  assert.equal(await rootOf(data, root, claimed), root);
});
