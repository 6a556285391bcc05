// What an event of ours costs in Servers, to however many servers it goes: counted, so that a change that makes it dearer is seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomNews } from '../../src/ports/contracts/servers-outbound.ts';
import { Shard } from './shard.ts';

const ROOM = '!room:hearth.test';
const EVENTS = 50;
/** Tables that grow with what there is to send. */
const LARGE = /^(SCAN|SEARCH) servers_(stream|rooms|waiting|transactions|keys) .*\(owner=\?\)/;

const said = (roomPos: number): RoomNews => ({
  roomPos,
  event: { eventId: `$${roomPos}`, server: 'hearth.test' },
  joined: [],
  left: [],
});

async function shardWith(destinations: number): Promise<Shard> {
  const shard = new Shard();
  const joined = Array.from({ length: destinations }, (_, n) => `s${n}.test`);
  await shard.apply(ROOM, 0, 1, [{ roomPos: 1, joined, left: [] }]);
  await shard.apply(ROOM, 1, 2, [said(2)]);
  await drain(shard);
  return shard;
}

async function drain(shard: Shard): Promise<number> {
  let transactions = 0;
  for (let work = await shard.lease(); work.length > 0; work = await shard.lease())
    for (const each of work) {
      await shard.settle(each, true);
      transactions += 1;
    }
  return transactions;
}

async function spent(shard: Shard, work: () => Promise<unknown>): Promise<number> {
  const before = shard.sql.statements;
  await work();
  return shard.sql.statements - before;
}

for (const destinations of [1, 100]) {
  test(`an event to ${destinations} servers is one row and three statements when it is told`, async () => {
    const shard = await shardWith(destinations);
    const rows = (): number => Number(shard.sql.first('SELECT count(*) AS n FROM servers_stream')?.['n']);
    const before = rows();
    assert.equal(await spent(shard, () => shard.apply(ROOM, 2, 3, [said(3)])), 3);
    assert.equal(rows() - before, 1);
  });

  test(`fifty events to ${destinations} servers are one transaction to each, of two statements each`, async () => {
    const shard = await shardWith(destinations);
    for (let n = 0; n < EVENTS; n++) await shard.apply(ROOM, 2 + n, 3 + n, [said(3 + n)]);
    let transactions = 0;
    const statements = await spent(shard, async () => {
      transactions = await drain(shard);
    });
    assert.equal(transactions, destinations);
    assert.ok(statements <= 2 * destinations + 15, String(statements));
  });
}

test('a transaction of another server is five statements and one row', async () => {
  const shard = await shardWith(1);
  const statements = await spent(shard, async () => {
    await shard.servers.inbound.begin('a.test', 't');
    await shard.servers.inbound.finish('a.test', 't', '{}');
  });
  assert.equal(statements, 5);
  assert.equal(shard.sql.first('SELECT count(*) AS n FROM servers_transactions')?.['n'], 1);
});

test('no statement for sending or receiving reads all that is kept', async () => {
  const shard = await shardWith(3);
  await shard.apply(ROOM, 2, 3, [said(3)]);
  for (const work of await shard.lease()) await shard.settle(work, false);
  shard.restart();
  shard.pass(3_600_000);
  await drain(shard);
  await shard.servers.inbound.begin('a.test', 't');
  await shard.servers.inbound.finish('a.test', 't', '{}');
  for (const { text, steps } of shard.sql.plans()) {
    const ends = /[ (]max\(| LIMIT 1$/.test(text);
    assert.ok(ends || !steps.some((step) => LARGE.test(step)), `${text}: ${steps.join('; ')}`);
  }
});
