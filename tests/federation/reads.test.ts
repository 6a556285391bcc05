// What other servers read of rooms, over the wire (P40 to P42; L8). https://spec.matrix.org/v1.19/server-server-api/#retrieving-events
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/spec/json.ts';
import { roomPath } from '../black-box/client.ts';
import type { ServerAnswer } from './scripted-server.ts';
import { encoded, idOf, Visitor } from './visitor.ts';
import { FederationWorld, someone } from './world.ts';

async function aWorld(room: object = {}) {
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test');
  const alice = await someone(hs1, 'alice');
  const roomId = await alice.createRoom({ preset: 'public_chat', room_version: '11', ...room });
  const eve = new Visitor(world.scripted('evil.test'), 'hs1.test');
  return { world, hs1, alice, roomId, eve };
}

/** All that can be asked about an event, by name. */
function everyRead(
  eve: Visitor,
  roomId: string,
  eventId: string,
): readonly (readonly [string, () => Promise<ServerAnswer>])[] {
  const [room, event] = [encoded(roomId), encoded(eventId)];
  return [
    ['event', () => eve.get(`event/${event}`)],
    ['state', () => eve.get(`state/${room}?event_id=${event}`)],
    ['state_ids', () => eve.get(`state_ids/${room}?event_id=${event}`)],
    ['event_auth', () => eve.get(`event_auth/${room}/${event}`)],
    ['backfill', () => eve.get(`backfill/${room}?v=${event}&limit=10`)],
    ['timestamp_to_event', () => eve.get(`timestamp_to_event/${room}?ts=0&dir=f`)],
    ['get_missing_events', () => eve.missing(roomId, { latest_events: [eventId], earliest_events: [] })],
  ];
}

const list = ({ json }: ServerAnswer, name: string): JsonObject[] => json[name] as JsonObject[];
const ids = (events: readonly JsonObject[]): string[] => events.map((event) => idOf(event, '11'));

test('a server in the room reads an event, the state before it and what authorises it', async () => {
  const { world, alice, roomId, eve } = await aWorld();
  await eve.join(roomId);
  const said = await alice.send(roomId, 'hello');
  await world.settle();
  const [room, event] = [encoded(roomId), encoded(said)];
  const one = await eve.get(`event/${event}`);
  assert.deepEqual([one.json['origin'], ids(list(one, 'pdus'))], ['hs1.test', [said]]);
  const state = await eve.get(`state/${room}?event_id=${event}`);
  const stateIds = await eve.get(`state_ids/${room}?event_id=${event}`);
  assert.deepEqual(ids(list(state, 'pdus')), stateIds.json['pdu_ids']);
  assert.deepEqual(ids(list(state, 'auth_chain')), stateIds.json['auth_chain_ids']);
  assert.ok(list(state, 'pdus').some(({ sender }) => sender === eve.userId));
  const chain = list(await eve.get(`event_auth/${room}/${event}`), 'auth_chain');
  assert.ok(chain.some(({ type }) => type === 'm.room.create'));
  const cited = [list(one, 'pdus')[0]!, ...chain].flatMap(({ auth_events: auth }) => auth as string[]);
  assert.deepEqual(new Set(cited), new Set(ids(chain)));
});

test('history is read backwards from several events, and a gap is filled in order', async () => {
  const { alice, roomId, eve, world } = await aWorld();
  await eve.join(roomId);
  const said = [];
  for (const text of ['0', '1', '2', '3', '4']) said.push(await alice.send(roomId, text));
  const before = said.shift()!;
  await world.settle();
  const [one, two, three, four] = said.map((id) => `v=${encoded(id)}`);
  const room = encoded(roomId);
  const back = await eve.get(`backfill/${room}?${four}&limit=3`);
  assert.deepEqual(ids(list(back, 'pdus')), [said[3], said[2], said[1]]);
  const several = await eve.get(`backfill/${room}?${one}&${two}&${three}&limit=100`);
  assert.deepEqual(ids(list(several, 'pdus')).slice(0, 4), [said[2], said[1], said[0], before]);
  const gap = await eve.missing(roomId, { latest_events: [said[3]!], earliest_events: [said[0]!], limit: 20 });
  assert.deepEqual(ids(list(gap, 'events')), [said[1], said[2]]);
  const unlimited = await eve.missing(roomId, { latest_events: [said[3]!], earliest_events: [] });
  assert.equal(list(unlimited, 'events').length, 10, 'ten, unless more are asked for');
  const shallow = await eve.missing(roomId, { latest_events: [said[3]!], earliest_events: [], min_depth: 1e9 });
  assert.deepEqual(list(shallow, 'events'), []);
});

test('the event nearest to a time is found on either side of it', async () => {
  const { world, alice, roomId, eve } = await aWorld();
  await eve.join(roomId);
  await world.sleep(1000);
  const early = await alice.send(roomId, 'early');
  const at = world.time.clock.now();
  await world.sleep(1000);
  const late = await alice.send(roomId, 'late');
  const near = async (ts: number, dir: string) =>
    (await eve.get(`timestamp_to_event/${encoded(roomId)}?ts=${ts}&dir=${dir}`)).json;
  assert.deepEqual(await near(at + 500, 'b'), { event_id: early, origin_server_ts: at });
  assert.deepEqual(await near(at + 500, 'f'), { event_id: late, origin_server_ts: at + 1000 });
  assert.equal((await near(at + 5000, 'f'))['errcode'], 'M_NOT_FOUND');
});

test('a server that was never in the room is told nothing by any read, and what is missing looks the same', async () => {
  const { world, alice, roomId, eve, hs1 } = await aWorld({ name: 'secret name' });
  const said = await alice.send(roomId, 'secret text');
  const { eventId } = { eventId: said };
  const other = await alice.createRoom({ preset: 'public_chat', room_version: '11' });
  await eve.join(other);
  await world.settle();
  for (const [name, read] of everyRead(eve, roomId, eventId)) {
    const answer = await read();
    assert.ok([403, 404].includes(answer.status), name);
    assert.ok(!JSON.stringify(answer.json).includes('secret'), name);
    // As of a room that is not here.
    const none = everyRead(eve, '!none:hs1.test', '$none').find(([same]) => same === name)!;
    assert.deepEqual(answer, await none[1](), name);
  }
  assert.deepEqual(hs1.errors, []);
});

test('an event is not read through another room', async () => {
  const { world, alice, roomId, eve } = await aWorld();
  const other = await alice.createRoom({ preset: 'public_chat', room_version: '11' });
  await eve.join(other);
  const said = await alice.send(roomId, 'secret text');
  await world.settle();
  for (const [name, read] of everyRead(eve, other, said)) {
    const answer = await read();
    assert.ok(!JSON.stringify(answer.json).includes('secret'), name);
    if (name === 'backfill') assert.deepEqual(answer.json['pdus'], []);
    else if (name === 'get_missing_events') assert.deepEqual(answer.json['events'], []);
    else if (name !== 'timestamp_to_event') assert.ok([403, 404].includes(answer.status), name);
  }
});

for (const [end, leave] of [
  ['left', (eve, roomId) => eve.shake('leave', roomId)],
  ['was banned', (eve, roomId, alice) => alice.ok('POST', `${roomPath(roomId)}/ban`, { user_id: eve.userId })],
] satisfies readonly (readonly [
  string,
  (eve: Visitor, roomId: string, alice: Awaited<ReturnType<typeof someone>>) => Promise<unknown>,
])[])
  test(`a server whose last user ${end} reads what there was until then and nothing later`, async () => {
    const { world, alice, roomId, eve } = await aWorld();
    await eve.join(roomId);
    const before = await alice.send(roomId, 'text of before');
    await leave(eve, roomId, alice);
    const after = await alice.send(roomId, 'text of after');
    await world.settle();
    for (const [name, read] of everyRead(eve, roomId, before))
      assert.equal((await read()).status, 200, `${name} of before`);
    for (const [name, read] of everyRead(eve, roomId, after))
      assert.ok(!JSON.stringify((await read()).json).includes('text of after'), `${name} of after`);
    assert.equal((await eve.get(`event/${encoded(after)}`)).status, 404);
    const { json } = await eve.get(`timestamp_to_event/${encoded(roomId)}?ts=${Number.MAX_SAFE_INTEGER - 1}&dir=b`);
    assert.notEqual(json['event_id'], after);
  });

for (const visibility of ['joined', 'invited'])
  test(`no text from before the join is told where history is for who was there (${visibility})`, async () => {
    const { world, alice, roomId, eve } = await aWorld({
      initial_state: [
        { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: visibility } },
      ],
    });
    const said = await alice.send(roomId, 'secret text');
    const { eventId: joined } = await eve.join(roomId);
    await world.settle();
    for (const id of [said, joined])
      for (const [name, read] of everyRead(eve, roomId, id))
        assert.ok(!JSON.stringify((await read()).json).includes('secret'), name);
    const back = list(await eve.get(`backfill/${encoded(roomId)}?v=${encoded(joined)}&limit=100`), 'pdus');
    assert.ok(ids(back).includes(said), 'it has its place among the others');
    assert.equal((await eve.get(`event/${encoded(said)}`)).status, 404);
    const { json } = await eve.get(`timestamp_to_event/${encoded(roomId)}?ts=${world.time.clock.now()}&dir=b`);
    assert.notEqual(json['event_id'], said);
  });

test('an event is found in any of the rooms that the server is in, and in the same again', async () => {
  const { world, alice, eve } = await aWorld();
  const said = [];
  for (let n = 0; n < 5; n++) {
    const roomId = await alice.createRoom({ preset: 'public_chat', room_version: '11' });
    await new Visitor(eve.server, 'hs1.test').join(roomId);
    said.push(await alice.send(roomId, `${n}`));
  }
  await world.settle();
  for (const id of [...said, ...said.toReversed()])
    assert.deepEqual(ids(list(await eve.get(`event/${encoded(id)}`), 'pdus')), [id]);
});

for (const [situation, path] of [
  ['state without an event', 'state/ROOM'],
  ['state_ids without an event', 'state_ids/ROOM'],
  ['backfill without events', 'backfill/ROOM?limit=1'],
  ['backfill without a limit', 'backfill/ROOM?v=$x'],
  ['backfill with a limit that is no number', 'backfill/ROOM?v=$x&limit=x'],
  ['backfill of too many events', `backfill/ROOM?limit=1${Array.from({ length: 101 }, (_, n) => `&v=$${n}`).join('')}`],
  ['a time that is none', 'timestamp_to_event/ROOM?ts=x&dir=f'],
  ['no time', 'timestamp_to_event/ROOM?dir=f'],
  ['no direction', 'timestamp_to_event/ROOM?ts=1'],
  ['a direction that is none', 'timestamp_to_event/ROOM?ts=1&dir=up'],
] as const)
  test(`refused: ${situation}`, async () => {
    const { roomId, eve, hs1 } = await aWorld();
    await eve.join(roomId);
    const { status, json } = await eve.get(path.replace('ROOM', encoded(roomId)));
    assert.equal(status, 400);
    assert.ok(['M_MISSING_PARAM', 'M_INVALID_PARAM'].includes(String(json['errcode'])));
    assert.deepEqual(hs1.errors, []);
  });

test('bodies that ask for missing events in another shape are refused, and odd numbers are taken as the nearest', async () => {
  const { roomId, eve, hs1 } = await aWorld();
  const { eventId } = await eve.join(roomId);
  const good = { latest_events: [eventId], earliest_events: [] };
  for (const body of [
    {},
    { ...good, latest_events: eventId },
    { ...good, earliest_events: [1] },
    { ...good, limit: '10' },
    { ...good, min_depth: [] },
    { ...good, latest_events: Array.from({ length: 101 }, (_, n) => `$${n}`) },
  ])
    assert.equal((await eve.missing(roomId, body as JsonObject)).status, 400, JSON.stringify(body).slice(0, 100));
  assert.deepEqual(list(await eve.missing(roomId, { ...good, limit: -5 }), 'events'), []);
  assert.ok(list(await eve.missing(roomId, { ...good, limit: 1e15, min_depth: -7 }), 'events').length > 3);
  assert.deepEqual(hs1.errors, []);
});

test('what can be no room, and no event, is not here', async () => {
  const { eve, roomId, hs1 } = await aWorld();
  await eve.join(roomId);
  for (const name of ['x', '@a:b', '#a:b', '!', '%20']) {
    for (const path of [`state/${encoded(name)}?event_id=$x`, `backfill/${encoded(name)}?v=$x&limit=1`])
      assert.equal((await eve.get(path)).status, 404, path);
    assert.equal((await eve.get(`event/${encoded(name)}`)).status, 404);
  }
  assert.deepEqual(hs1.errors, []);
});
