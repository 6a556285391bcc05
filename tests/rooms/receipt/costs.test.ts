// What an event of another server costs: counted, so that a change that makes it dearer is seen.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import type { Pdu } from '../../../src/events/pdu.ts';
import { alice, bob } from '../world.ts';
import { withEve } from './peer.ts';

/** Tables that grow with the room: to find a row by its owner alone is to read all of the room. */
const LARGE = ['events', 'log', 'keys', 'nodes', 'members', 'relations', 'auth_chains', 'auth_citations', 'receipts'];

const TABLES = ['info', 'events', 'log', 'keys', 'nodes', 'members', 'groups', 'staged', 'gaps', 'relays', 'stays'];

test('a message of another server is four statements, two new rows and one signature checked', async (t) => {
  const eve = await withEve();
  const { sql } = eve.room.world;
  const verified = t.mock.method(crypto, 'verify');
  t.after(syncBuiltinESMExports);
  syncBuiltinESMExports();
  const rows = (): number =>
    TABLES.reduce((sum, table) => sum + Number(sql.first(`SELECT count(*) AS n FROM room_${table}`)?.['n']), 0);
  await eve.send(eve.make({ body: 'first' }));
  for (const count of [1, 50]) {
    const pdus = Array.from({ length: count }, (_, n) => eve.make({ body: `message ${n}` }));
    const before = rows();
    const [statements, signatures] = [sql.statements, verified.mock.callCount()];
    await eve.send(...pdus);
    // Whether it is here, the event, the log, the head; and for all of them together three about who is told.
    assert.equal(sql.statements - statements, 4 * count + 3);
    assert.equal(verified.mock.callCount() - signatures, count);
    assert.equal(rows() - before, 2 * count);
  }
});

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

test('an event beside a long branch reads and writes what it changes, not what the branches disagree about', async () => {
  const eve = await withEve();
  const { sql } = eve.room.world;
  const fork = eve.last;
  const join = (name: string): Pdu => {
    const userId = `@${name}:${eve.server}`;
    return eve.member('join', userId, { by: userId });
  };
  const left = Array.from({ length: 150 }, (_, index) => join(`left${index}`));
  for (let at = 0; at < left.length; at += 50) await eve.send(...left.slice(at, at + 50));
  eve.last = fork;
  const right = Array.from({ length: 150 }, (_, index) => join(`right${index}`));
  for (let at = 0; at < right.length; at += 50) await eve.send(...right.slice(at, at + 50));
  assert.equal(eve.data.head.extremities.length, 2);
  const nodes = (): number => Number(sql.first('SELECT count(*) AS n FROM room_nodes')?.['n']);
  const last = join('last');
  const [rows, before] = [sql.rowsRead, nodes()];
  assert.equal((await eve.sends(last)).outcome, 'accepted');
  assert.ok(sql.rowsRead - rows <= 20, String(sql.rowsRead - rows));
  assert.ok(nodes() - before <= 12, String(nodes() - before));
  const { data } = eve;
  for (const pdu of [...left, ...right, last])
    assert.equal(data.stateEvent(data.head.root, 'm.room.member', pdu.stateKey ?? '')?.pdu.eventId, pdu.eventId);
});
