// What an event of another server costs: counted, so that a change that makes it dearer is seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alice, bob } from '../world.ts';
import { withEve } from './peer.ts';

/** Tables that grow with the room: to find a row by its owner alone is to read all of the room. */
const LARGE = ['events', 'log', 'keys', 'nodes', 'members', 'relations', 'auth_chains', 'auth_citations', 'receipts'];

test('no statement reads a whole room to find an event, a member or a state', async () => {
  const eve = await withEve();
  const { room } = eve;
  await room.member(bob, 'join');
  const said = await room.send(alice, 'hello');
  eve.learn();
  const relates = { 'm.relates_to': { rel_type: 'm.thread', event_id: said } };
  const reply = eve.make({ content: { msgtype: 'm.text', body: 'x', ...relates } });
  await eve.send(
    reply,
    eve.make({ body: 'y' }),
    eve.member('join', '@another:evil.test', { by: '@another:evil.test' }),
  );
  const fork = [
    eve.make({ body: 'left', after: [reply] }),
    eve.state('m.room.name', { name: 'x' }, { after: [reply] }),
  ];
  await eve.send(...fork, eve.make({ after: fork }));
  const late = [eve.make({ body: 'a' }), eve.make({ body: 'b' })];
  await eve.fill(await eve.send(late[1]!));
  await eve.send(eve.member('leave'));
  await room.page(alice, { limit: 5 });
  await room.window(bob);
  const whole = new RegExp(`^(SCAN|SEARCH) room_(${LARGE.join('|')}) (?!.*\\(owner=\\? AND ).*\\(owner=\\?\\)`);
  for (const { text, steps } of room.world.sql.plans()) {
    const ends = /^SELECT (max\(|.* LIMIT 1$)/.test(text);
    assert.ok(ends || !steps.some((step) => whole.test(step)), `${text}: ${steps.join('; ')}`);
  }
});
