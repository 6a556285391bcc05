// Transactions that other servers send (P13 and P14 as far as the transaction goes, RP20): the room is scripted here.
// https://spec.matrix.org/v1.19/server-server-api/#transactions
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actors } from '../../src/ports/actors.ts';
import type { PduResult } from '../../src/ports/contracts/room-receipt.ts';
import { MatrixError, notFound } from '../../src/spec/errors.ts';
import { sliceLists } from '../../src/spec/json-slices.ts';
import { FederationWorld } from './world.ts';

interface Offer {
  readonly roomId: string;
  readonly texts: readonly string[];
}

/** A Hearth whose rooms take what they are offered as a test says. */
function aWorld() {
  const offers: Offer[] = [];
  const state: { take: (offer: Offer) => Promise<readonly PduResult[]> } = {
    take: async ({ texts }) => texts.map((text) => ({ eventId: `$${nameOf(text)}`, outcome: 'accepted' })),
  };
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test', {}, (actors) => ({
    ...spread(actors),
    room: (roomId) =>
      new Proxy(actors.room(roomId), {
        get: (target, name): unknown =>
          name === 'receipt'
            ? {
                offer: async (_origin: string, texts: readonly string[]) => {
                  offers.push({ roomId, texts });
                  return { results: await state.take({ roomId, texts }), wants: {} };
                },
                wants: async () => ({}),
              }
            : Reflect.get(target, name),
      }),
  }));
  return { world, hs1, offers, state, evil: world.scripted('evil.test') };
}

function spread(actors: Actors): Actors {
  return {
    home: () => actors.home(),
    room: (id) => actors.room(id),
    users: (group) => actors.users(group),
    servers: (name) => actors.servers(name),
    shardOf: (name) => actors.shardOf(name),
    serversShard: (shard) => actors.serversShard(shard),
  };
}

const pdu = (name: string, roomId = '!a:hs1.test'): string => `{"name":"${name}","room_id":"${roomId}","depth":1.0}`;
const nameOf = (text: string): string => String((JSON.parse(text) as { name: unknown }).name);
const names = (offers: readonly Offer[]): string[] => offers.flatMap(({ texts }) => texts.map(nameOf));

test('a transaction is split by room, in order, and each event is handed over exactly as it came', async () => {
  const { evil, offers } = aWorld();
  const texts = [pdu('1'), pdu('2', '!b:hs1.test'), ` ${pdu('3')}\n`];
  const { status, json } = await evil.transaction('hs1.test', texts);
  assert.deepEqual([status, json], [200, { pdus: { $1: {}, $2: {}, $3: {} } }]);
  assert.deepEqual(offers, [
    { roomId: '!a:hs1.test', texts: [pdu('1'), pdu('3')] },
    { roomId: '!b:hs1.test', texts: [pdu('2', '!b:hs1.test')] },
  ]);
});

test('each event has its own verdict', async () => {
  const { evil, state } = aWorld();
  state.take = async () => [
    { eventId: '$1', outcome: 'accepted' },
    { eventId: '$2', outcome: 'rejected', reason: 'not allowed' },
    { eventId: '$3', outcome: 'soft-failed' },
    { eventId: '$4', outcome: 'staged' },
    { eventId: undefined, outcome: 'dropped', reason: 'no event' },
  ];
  const { json } = await evil.transaction(
    'hs1.test',
    ['1', '2', '3', '4', '5'].map((name) => pdu(name)),
  );
  const { $1, $2, $3, $4, ...last } = json['pdus'] as Record<string, object>;
  assert.deepEqual([$1, $2, $3, $4], [{}, { error: 'not allowed' }, {}, {}]);
  assert.deepEqual(Object.values(last), [{ error: 'no event' }]);
});

test('what is no event, or names no room, fails alone and has an entry', async () => {
  const { evil, offers } = aWorld();
  const bad = ['1', 'null', '[]', '"x"', '{}', '{"room_id":1}', '{"room_id":"a"}', `{"room_id":"!${'x'.repeat(300)}"}`];
  const { status, json } = await evil.transaction('hs1.test', [...bad, pdu('good')]);
  assert.equal(status, 200);
  const { $good, ...others } = json['pdus'] as Record<string, { error?: string }>;
  assert.deepEqual($good, {});
  assert.equal(Object.keys(others).length, bad.length);
  assert.ok(Object.values(others).every(({ error }) => typeof error === 'string'));
  assert.deepEqual(names(offers), ['good']);
});

test('an unknown room fails alone', async () => {
  const { evil, state, hs1 } = aWorld();
  state.take = async ({ roomId, texts }) => {
    if (roomId === '!b:x') throw notFound('There is no such room here.');
    return texts.map((text) => ({ eventId: `$${nameOf(text)}`, outcome: 'accepted' }));
  };
  const { json } = await evil.transaction('hs1.test', [pdu('1'), pdu('2', '!b:x')]);
  const { $1, ...other } = json['pdus'] as Record<string, object>;
  assert.deepEqual($1, {});
  assert.deepEqual(Object.values(other), [{ error: 'There is no such room here.' }]);
  assert.deepEqual(hs1.errors, []);
});

for (const [situation, build] of [
  ['51 events', (send) => send(Array.from({ length: 51 }, (_, n) => pdu(`${n}`)))],
  [
    '101 EDUs',
    (send) =>
      send(
        [pdu('1')],
        Array.from({ length: 101 }, () => '{}'),
      ),
  ],
  ['events that are no list', (_send, raw) => raw('{"origin":"evil.test","origin_server_ts":1,"pdus":{}}')],
  ['no events', (_send, raw) => raw('{"origin":"evil.test","origin_server_ts":1}')],
  ['another origin', (_send, raw) => raw(`{"origin":"hon.test","origin_server_ts":1,"pdus":[${pdu('1')}]}`)],
  ['a list', (_send, raw) => raw('[]')],
] satisfies readonly [
  string,
  (
    send: (pdus: readonly string[], edus?: readonly string[]) => Promise<{ status: number }>,
    raw: (body: string) => Promise<{ status: number }>,
  ) => Promise<{ status: number }>,
][])
  test(`a transaction is refused whole: ${situation}`, async () => {
    const { evil, offers } = aWorld();
    const { status } = await build(
      (pdus, edus = []) => evil.transaction('hs1.test', pdus, { edus }),
      (body) => evil.ask('hs1.test', 'PUT', '/_matrix/federation/v1/send/x', body),
    );
    assert.equal(status, 400);
    assert.deepEqual(offers, []);
  });

test('the most that a transaction may hold is taken', async () => {
  const { evil, offers } = aWorld();
  const big = Array.from({ length: 50 }, (_, n) => `${pdu(`${n}`).slice(0, -1)},"x":"${'y'.repeat(60_000)}"}`);
  const edus = Array.from({ length: 100 }, () => `{"edu_type":"x","content":{"y":"${'z'.repeat(60_000)}"}}`);
  assert.equal((await evil.transaction('hs1.test', big, { edus })).status, 200);
  assert.equal(names(offers).length, 50);
  // No call between objects carries a megabyte.
  for (const { texts } of offers) assert.ok(texts.join('').length < 1_000_000);
});

test('a transaction that comes again has its first answer, whatever it holds by then', async () => {
  const { evil, offers } = aWorld();
  const first = await evil.transaction('hs1.test', [pdu('1')], { id: 'same' });
  assert.deepEqual(await evil.transaction('hs1.test', [pdu('1')], { id: 'same' }), first);
  assert.deepEqual(await evil.transaction('hs1.test', [pdu('2')], { id: 'same' }), first);
  assert.deepEqual(names(offers), ['1']);
});

test('the same transaction three times at once is taken once', async () => {
  const { world, evil, offers, state } = aWorld();
  const { promise, resolve } = Promise.withResolvers<void>();
  const { take } = state;
  state.take = async (offer) => {
    await promise;
    return take(offer);
  };
  const sent = ['1', '2', '3'].map((name) => evil.transaction('hs1.test', [pdu(name)], { id: 'same' }));
  await world.sleep(100);
  resolve();
  await world.sleep(1000);
  const answers = await Promise.all(sent);
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(answers[2], answers[0]);
  assert.equal(offers.length, 1);
});

test('two servers may use the same transaction id', async () => {
  const { world, evil, offers } = aWorld();
  await evil.transaction('hs1.test', [pdu('1')], { id: 'same' });
  await world.scripted('hon.test').transaction('hs1.test', [pdu('2')], { id: 'same' });
  assert.deepEqual(names(offers), ['1', '2']);
});

test('answers are kept for the newest transactions of a server, and no more of them', async () => {
  const { hs1, evil } = aWorld();
  for (let n = 0; n < 40; n++) await evil.transaction('hs1.test', [], { id: `n${n}` });
  const kept = hs1.connection.own('SELECT count(*) AS count FROM servers_transactions').get();
  assert.equal(Number(kept?.['count']), 30);
});

test('a room that takes long keeps nobody waiting, and loses nothing', async () => {
  const { world, evil, offers, state } = aWorld();
  const { take } = state;
  state.take = () => new Promise(() => undefined);
  const sent = evil.transaction('hs1.test', [pdu('1')]);
  await world.sleep(2000);
  assert.deepEqual(Object.values((await sent).json['pdus'] as object), [{}]);
  // What comes meanwhile goes behind.
  offers.length = 0;
  assert.equal((await evil.transaction('hs1.test', [pdu('2')])).status, 200);
  state.take = take;
  await world.sleep(300_000);
  const taken = names(offers);
  assert.deepEqual(taken.slice(taken.lastIndexOf('1')), ['1', '2']);
});

test('a room that fails is handed its events later, in order, over a restart', async () => {
  const { world, hs1, evil, offers, state } = aWorld();
  const { take } = state;
  state.take = async () => {
    throw new Error('the object is overloaded');
  };
  for (const name of ['1', '2', '3']) assert.equal((await evil.transaction('hs1.test', [pdu(name)])).status, 200);
  const waiting = () => Number(hs1.connection.own('SELECT count(*) AS count FROM servers_waiting').get()?.['count']);
  assert.equal(waiting(), 3);
  offers.length = 0;
  state.take = take;
  await world.sleep(60_000);
  assert.deepEqual(names(offers), ['1', '2', '3']);
  assert.equal(waiting(), 0);
  const work = hs1.connection.own('SELECT count(*) AS count FROM servers_room_work').get();
  assert.equal(Number(work?.['count']), 0);
  assert.deepEqual(hs1.errors, []);
});

test('a busy room does not hold up another', async () => {
  const { world, evil, offers, state } = aWorld();
  const { take } = state;
  state.take = (offer) => (offer.roomId === '!a:hs1.test' ? new Promise(() => undefined) : take(offer));
  const sent = evil.transaction('hs1.test', [pdu('1'), pdu('2', '!b:hs1.test')]);
  await world.sleep(2000);
  assert.equal((await sent).status, 200);
  assert.deepEqual(names(offers.filter(({ roomId }) => roomId === '!b:hs1.test')), ['2']);
});

test('what waits for a room is bounded, and what finds no place is not acknowledged', async () => {
  const { evil, state } = aWorld();
  state.take = async () => {
    throw new MatrixError(429, 'M_LIMIT_EXCEEDED', 'busy');
  };
  let refused = 0;
  for (let n = 0; n < 41; n++) {
    const { json } = await evil.transaction(
      'hs1.test',
      Array.from({ length: 50 }, (_, m) => pdu('x').replace('1.0', `${50 * n + m}`)),
    );
    refused += Object.values(json['pdus'] as Record<string, { error?: string }>).filter(({ error }) => error).length;
  }
  assert.equal(refused, 50);
});

test('the members of lists are cut out of the text as they stand in it', () => {
  const text = String.raw` { "a" : [ {"x":"]}\""} , 1.0,"s\\",[ ],true ,null ] , "\u0062":[ ], "c":{"a":[1]},"d":-1e5 , "e":[7]}`;
  const slices = sliceLists(text, new Map(['a', 'b', 'c', 'd'].map((name) => [name, 6])));
  assert.ok(typeof slices === 'object');
  assert.deepEqual(slices.members.get('a'), [
    String.raw`{"x":"]}\""}`,
    '1.0',
    String.raw`"s\\"`,
    '[ ]',
    'true',
    'null',
  ]);
  assert.deepEqual(slices.members.get('b'), []);
  assert.equal(slices.members.has('c'), false);
  assert.deepEqual(JSON.parse(slices.rest), { a: [], b: [], c: { a: [1] }, d: -1e5, e: [7] });
  assert.equal(sliceLists('{"a":[1,2]}', new Map([['a', 1]])), 'too-many');
});

test('a text that is no JSON does not become one by being cut', async () => {
  const { evil, offers } = aWorld();
  const head = '"origin":"evil.test","origin_server_ts":1';
  for (const body of [
    `{${head},"pdus":[${pdu('1')} ${pdu('2')}]}`,
    `{${head},"pdus":[${pdu('1')},]}`,
    `{${head},"pdus":[,]}`,
    `{${head},"pdus":[${pdu('1')}`,
    `{${head},"pdus":[${pdu('1')}}]`,
    `{${head},"pdus":[${pdu('1')}],"pdus":[]}`,
    `{${head},"pdus":[${pdu('1')}],"pd\\u0075s":[${pdu('2')}]}`,
    `{${head},"pdus":[{"room_id":"!a:b","room_id":"!c:d"}]}`,
    `{${head},"pdus":[${'['.repeat(99)}${']'.repeat(99)}]}`,
    `x{${head},"pdus":[]}`,
    `{${head},"pdus":[]}}`,
  ]) {
    const sent = { sentBody: body };
    const answer = await evil.ask('hs1.test', 'PUT', '/_matrix/federation/v1/send/x', '{}', sent);
    assert.equal(answer.status, 400, body);
  }
  assert.deepEqual(offers, []);
});

test('the longest and worst transaction is read in pieces', async () => {
  const { evil } = aWorld();
  const dense = `{"room_id":"!a:b","x":[${'[],'.repeat(100_000)}1]}`;
  let turns = 0;
  let reading = true;
  const count = (): void => {
    turns += 1;
    if (reading) setImmediate(count);
  };
  setImmediate(count);
  const body = evil.transactionBody(Array.from({ length: 25 }, () => dense));
  const before = evil.header('hs1.test', 'PUT', '/_matrix/federation/v1/send/x', body);
  turns = 0;
  const answer = await evil.ask('hs1.test', 'PUT', '/_matrix/federation/v1/send/x', body, { header: before });
  reading = false;
  assert.equal(answer.status, 200);
  assert.ok(turns >= 25, `others had ${turns} turns`);
});
