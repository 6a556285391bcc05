// What happens in a room reaches the servers that are in it. https://spec.matrix.org/v1.19/server-server-api/#transactions
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sender } from '../../src/federation/sending.ts';
import type { FederationAnswer, FederationRequest } from '../../src/federation/client.ts';
import type { DestinationWork } from '../../src/ports/contracts/servers-outbound.ts';
import { MatrixError, notFound } from '../../src/spec/errors.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { roomPath } from '../black-box/client.ts';
import { answerJson, type Received } from './scripted-server.ts';
import { idOf, Visitor } from './visitor.ts';
import { FederationWorld, someone } from './world.ts';

const SEND = /^\/_matrix\/federation\/v1\/send\//;

async function aWorld() {
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test');
  const alice = await someone(hs1, 'alice');
  const roomId = await alice.createRoom({ preset: 'public_chat', room_version: '11' });
  const eve = new Visitor(world.scripted('evil.test'), 'hs1.test');
  eve.server.on('PUT', SEND, () => answerJson(200, { pdus: {} }));
  return { world, hs1, alice, roomId, eve };
}

const pdusOf = ({ text }: Received): JsonObject[] => (JSON.parse(text) as { pdus: JsonObject[] }).pdus;
const bodiesOf = (received: readonly Received[]): unknown[] =>
  received.flatMap(pdusOf).map(({ content }) => (content as JsonObject)['body']);

test('what is said after a server has joined is sent to it, whole and signed, in order', async () => {
  const { world, roomId, eve, alice } = await aWorld();
  await alice.send(roomId, 'before');
  await eve.join(roomId);
  const ids = [await alice.send(roomId, 'one'), await alice.send(roomId, 'two')];
  await world.settle();
  const sent = eve.server.asked(SEND);
  assert.deepEqual(bodiesOf(sent), ['one', 'two']);
  assert.deepEqual(
    sent.flatMap(pdusOf).map((event) => idOf(event, '11')),
    ids,
  );
  for (const { text } of sent) {
    const { origin, origin_server_ts: ts, ...others } = JSON.parse(text) as JsonObject;
    assert.deepEqual([origin, typeof ts, Object.keys(others)], ['hs1.test', 'number', ['pdus']]);
  }
});

test('a kick is sent to the server that it ends, and nothing after it', async () => {
  const { world, roomId, eve, alice } = await aWorld();
  await eve.join(roomId);
  await alice.ok('POST', `${roomPath(roomId)}/kick`, { user_id: eve.userId });
  await alice.send(roomId, 'after');
  await world.settle();
  const [last, ...others] = eve.server.asked(SEND).flatMap(pdusOf);
  assert.deepEqual([last?.['type'], last?.['state_key'], others], ['m.room.member', eve.userId, []]);
});

test('what we let in for one server is sent to the others', async () => {
  const { world, roomId, eve } = await aWorld();
  const hana = new Visitor(world.scripted('hon.test'), 'hs1.test', 'hana');
  hana.server.on('PUT', SEND, () => answerJson(200, { pdus: {} }));
  await hana.join(roomId);
  const { eventId } = await eve.join(roomId);
  await world.settle();
  assert.deepEqual(
    hana.server
      .asked(SEND)
      .flatMap(pdusOf)
      .map((event) => idOf(event, '11')),
    [eventId],
  );
  assert.deepEqual(eve.server.asked(SEND), [], 'and not back');
});

for (const [situation, answer] of [
  ['refuses', () => answerJson(400, { errcode: 'M_UNKNOWN', error: 'no' })],
  ['fails', () => answerJson(502, {})],
  ['hangs', () => new Promise<never>(() => undefined)],
  ['answers with a page', () => ({ status: 200, headers: [], body: '<html>' })],
] as const)
  test(`a server that ${situation} gets the same transaction again, later, and what came meanwhile after it`, async () => {
    const { world, roomId, eve, alice } = await aWorld();
    await eve.join(roomId);
    eve.server.on('PUT', SEND, answer);
    await alice.send(roomId, 'one');
    await world.settle();
    await alice.send(roomId, 'two');
    await world.sleep(1000);
    assert.equal(eve.server.asked(SEND).length, 1, 'it is left alone');
    eve.server.on('PUT', SEND, () => answerJson(200, { pdus: {} }));
    await world.sleep(120_000);
    const [first, again, ...rest] = eve.server.asked(SEND);
    assert.deepEqual([again!.target, bodiesOf([again!])], [first!.target, ['one']]);
    assert.deepEqual(bodiesOf(rest), ['two']);
    assert.notEqual(rest[0]!.target, first!.target);
  });

test('servers that hang hold nobody else up', async () => {
  const { world, roomId, eve, alice } = await aWorld();
  for (let n = 0; n < 30; n++) {
    const other = new Visitor(world.scripted(`hangs${n}.test`), 'hs1.test', 'x');
    other.server.on('PUT', SEND, () => new Promise(() => undefined));
    await other.join(roomId);
  }
  await world.settle();
  await eve.join(roomId);
  await alice.send(roomId, 'for all');
  await world.sleep(3500);
  assert.deepEqual(bodiesOf(eve.server.asked(SEND)), ['for all']);
});

test('a server that says that it has taken a transaction in another way has taken it', async () => {
  const { world, roomId, eve, alice } = await aWorld();
  await eve.join(roomId);
  eve.server.on('PUT', SEND, () => ({ status: 202, headers: [], body: '' }));
  await alice.send(roomId, 'one');
  await world.sleep(120_000);
  assert.equal(eve.server.asked(SEND).length, 1);
});

test('a server that was away is sent what waits for it when it calls', async () => {
  const { world, roomId, eve, alice } = await aWorld();
  await eve.join(roomId);
  world.goDown('evil.test');
  await alice.send(roomId, 'one');
  await world.sleep(3_600_000);
  const tries = world.sent.filter(({ from, to }) => from === 'hs1.test' && to.startsWith('evil.test')).length;
  assert.ok(tries < 20, `${tries} requests`);
  world.comeBack('evil.test');
  await world.settle();
  assert.deepEqual(bodiesOf(eve.server.asked(SEND)), []);
  await eve.get('make_leave/x/y');
  await world.settle();
  assert.deepEqual(bodiesOf(eve.server.asked(SEND)), ['one']);
});

test('an event that was redacted before it is sent is sent redacted', async () => {
  const { world, roomId, eve, alice } = await aWorld();
  await eve.join(roomId);
  world.goDown('evil.test');
  const said = await alice.send(roomId, 'a secret');
  await alice.ok('PUT', `${roomPath(roomId)}/redact/${said}/r1`, {});
  await world.sleep(10);
  world.comeBack('evil.test');
  await world.sleep(120_000);
  const sent = eve.server.asked(SEND);
  assert.ok(sent.length > 0);
  assert.ok(!sent.some(({ text }) => text.includes('a secret')));
});

/** A sender with rooms and a network of the test's. */
function aSender(pdus: (roomId: string, ids: readonly string[]) => Promise<readonly string[]>) {
  const sent: FederationRequest[] = [];
  const world = new FederationWorld();
  const { env } = world.hearth('hs1.test');
  const answers: FederationAnswer[] = [];
  const client = {
    send: async (request: FederationRequest) => {
      sent.push(request);
      return answers.shift() ?? { kind: 'ok', json: {}, text: '{}' };
    },
  } as const;
  const actors = {
    room: (roomId: string) => ({ sending: { pdus: (ids: readonly string[]) => pdus(roomId, ids) } }),
  } as unknown as typeof env.actors;
  return { sender: new Sender({ ...env, actors }, client), sent, world };
}

function work(...events: (readonly [roomId: string, eventId: string])[]): DestinationWork {
  return {
    kind: 'destination',
    destination: 'evil.test',
    stamp: 7,
    transactionId: 't/1',
    events: events.map(([roomId, eventId]) => ({ roomId, eventId })),
  };
}

const DONE = { destination: 'evil.test', stamp: 7, taken: true };

test('a transaction holds the events as texts, those of a room in their order', async () => {
  const { sender, sent } = aSender(async (_, ids) => ids.map((id) => `{"b":1,"a":"${id}"}`));
  assert.deepEqual(await sender.send(work(['!a', '1'], ['!b', '2'], ['!a', '3'])), DONE);
  const [{ target, body, canonical } = { target: '', body: '', canonical: '' }] = sent;
  assert.equal(target, '/_matrix/federation/v1/send/t%2F1');
  assert.match(String(body), /"pdus":\[\{"b":1,"a":"1"\},\{"b":1,"a":"3"\},\{"b":1,"a":"2"\}\]\}$/);
  assert.match(String(canonical), /"pdus":\[\{"a":"1","b":1\},\{"a":"3","b":1\},\{"a":"2","b":1\}\]\}$/);
});

test('events that their room no longer gives are left out, and if none is left nothing is sent', async () => {
  const { sender, sent } = aSender(async (roomId, ids) => {
    if (roomId === '!gone') throw notFound();
    return ids.filter((id) => id !== '1').map((id) => `{"a":"${id}"}`);
  });
  assert.deepEqual(await sender.send(work(['!a', '1'], ['!gone', '2'])), DONE);
  assert.equal(sent.length, 0);
  await sender.send(work(['!a', '1'], ['!gone', '2'], ['!a', '3']));
  assert.match(String(sent[0]?.body), /"pdus":\[\{"a":"3"\}\]/);
});

test('a room that cannot be asked is asked again, and left out once that has lasted', async () => {
  let broken = true;
  const { sender, sent, world } = aSender(async (roomId) => {
    if (roomId === '!broken' && broken) throw new MatrixError(500, 'M_UNKNOWN', 'broken');
    return [`{"room":"${roomId}"}`];
  });
  const both = work(['!broken', '1'], ['!a', '2']);
  assert.deepEqual(await sender.send(both), { ...DONE, taken: false });
  await world.sleep(30_000);
  assert.deepEqual(await sender.send(both), { ...DONE, taken: false });
  assert.equal(sent.length, 0);
  await world.sleep(30_000);
  assert.deepEqual(await sender.send(both), DONE);
  assert.match(String(sent[0]?.body), /"pdus":\[\{"room":"!a"\}\]/);
  broken = false;
  await sender.send(both);
  broken = true;
  assert.deepEqual(await sender.send(both), { ...DONE, taken: false }, 'it has a minute again');
});
