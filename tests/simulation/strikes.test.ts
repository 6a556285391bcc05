// Crashes inside an operation: whatever port the operation passes next, it goes no further.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODES, type Mode } from '../../src/runtime/simulation/making.ts';
import { Client } from '../black-box/client.ts';
import { World } from './world.ts';

/** Runs a story on a world of its own to its end. */
async function told(mode: Mode, story: (world: World) => Promise<void>): Promise<World> {
  const world = new World(7, mode);
  world.machine.start();
  let outcome: { readonly error?: unknown } | undefined;
  story(world).then(
    () => {
      outcome = {};
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  await world.scheduler.run(() => outcome !== undefined, 100_000);
  assert.ok(outcome, 'the story came to an end');
  if (outcome.error) throw outcome.error;
  return world;
}

for (const mode of MODES) {
  test(`${mode}: a send that is struck at any of its points is made once when it is repeated`, async () => {
    let points = 1;
    for (let struck = true; struck; points++) {
      const world = await told(mode, async (world) => {
        const alice = await Client.register(world, 'alice');
        const roomId = await alice.createRoom();
        world.machine.strikeAfter(points, points % 2 === 0 ? 'power' : 'process', points % 3 !== 0);
        const first = await alice.send(roomId, 'hello', 'once').catch(() => undefined);
        world.perils.calm();
        world.machine.start();
        const again = await alice.send(roomId, 'hello', 'once');
        if (first !== undefined) assert.equal(again, first);
        const page = await alice.ok('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b`);
        const made = (page.body['chunk'] as { type: string }[]).filter(({ type }) => type === 'm.room.message');
        assert.equal(made.length, 1);
      });
      struck = world.perils.struck > 0;
    }
    assert.ok(points > 10, `a send passes ${points} points`);
  });
}
