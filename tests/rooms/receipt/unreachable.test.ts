// Events whose server cannot be reached when something is wanted for them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alice, said } from '../world.ts';
import { isEmpty, withEve } from './peer.ts';

test('what was taken and then dropped, since nobody could be reached, is got again for the next event that follows it', async () => {
  const eve = await withEve();
  const [lost, last] = [eve.make({ body: 'message 0' }), eve.make({ body: 'message 1' })];
  let { wants } = await eve.send(last);
  const { receipt } = eve.room.room;
  const answered = 'unreachable';
  let rounds = 0;
  for (; rounds < 40 && !isEmpty(wants); rounds++) {
    const got = await Promise.all([
      ...wants.missing.map(({ from, latest }) => receipt.supply({ missing: { from, latest, answered, texts: [] } })),
      ...wants.stateIds.map((want) => receipt.supply({ stateIds: [{ ...want, answered, ids: [] }] })),
      ...wants.auth.map((want) => receipt.supply({ auth: [{ ...want, answered }] })),
    ]);
    ({ wants } = got.at(-1) ?? (await receipt.supply({})));
  }
  assert.ok(rounds <= 20, String(rounds));
  assert.equal(eve.data.byId(last.eventId), undefined);
  assert.equal(eve.room.world.sql.first('SELECT count(*) AS n FROM room_staged')?.['n'], 0);
  const facts = { eventId: last.eventId, origin: eve.server, reason: 'prev-event-missing', requests: rounds };
  assert.deepEqual(eve.room.world.warnings, [['an event that was taken is dropped', facts]]);
  const next = eve.make({ body: 'message 2' });
  const results = await eve.fill(await eve.send(next));
  assert.deepEqual(results.at(-1), { eventId: next.eventId, outcome: 'accepted' });
  for (const pdu of [lost, last]) assert.equal(eve.data.byId(pdu.eventId)?.verdict, 'accepted');
  const { chunk } = await eve.room.page(alice, { limit: 3 });
  assert.deepEqual(chunk.map(said).toReversed(), ['message 0', 'message 1', 'message 2']);
});
