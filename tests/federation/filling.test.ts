// What a room lacks for judging events of another server is got over the network: at once while the answer waits, and later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authEventsFor } from '../../src/authorization/selection.ts';
import type { Pdu } from '../../src/events/pdu.ts';
import { roomVersion } from '../../src/events/room-versions.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import type { Client } from '../black-box/client.ts';
import { roomPath } from '../black-box/client.ts';
import { answerJson, type ScriptedServer } from './scripted-server.ts';
import { FederationWorld, someone } from './world.ts';

const EVE = '@eve:evil.test';

class Room {
  readonly id: string;
  readonly alice: Client;
  readonly evil: ScriptedServer;
  readonly state = new Map<string, string>();
  last: string;
  depth = 20;

  constructor(id: string, alice: Client, evil: ScriptedServer, last: string) {
    this.id = id;
    this.alice = alice;
    this.evil = evil;
    this.last = last;
  }

  /** An event of Eve's that follows the one before. */
  make(type: string, content: JsonObject, stateKey?: string): Pdu {
    const version = roomVersion('12')!;
    const wish = { type, content, sender: EVE, ...(stateKey === undefined ? {} : { stateKey }) };
    const pdu = this.evil.event(
      {
        ...wish,
        roomId: this.id,
        prevEvents: [this.last],
        authEvents: authEventsFor(wish, version).flatMap((key) => this.state.get(`${key.type} ${key.stateKey}`) ?? []),
        depth: ++this.depth,
        originServerTs: 1_700_000_000_000,
      },
      '12',
    );
    if (stateKey !== undefined) this.state.set(`${type} ${stateKey}`, pdu.eventId);
    this.last = pdu.eventId;
    return pdu;
  }

  say(body: string): Pdu {
    return this.make('m.room.message', { msgtype: 'm.text', body });
  }

  async send(...pdus: readonly Pdu[]): Promise<Record<string, { error?: string }>> {
    const texts = pdus.map(({ json }) => JSON.stringify(json));
    const { status, json } = await this.evil.transaction('hs1.test', texts);
    assert.equal(status, 200);
    return json['pdus'] as Record<string, { error?: string }>;
  }

  async shown(): Promise<unknown[]> {
    const { body } = await this.alice.ok('GET', `${roomPath(this.id)}/messages?dir=b&limit=5`);
    const chunk = body['chunk'] as { content: { body?: string } }[];
    return chunk.flatMap(({ content }) => content.body ?? []);
  }
}

async function aRoom(): Promise<{ world: FederationWorld; room: Room }> {
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test', { defaultRoomVersion: '12' });
  const alice = await someone(hs1, 'alice');
  const id = await alice.createRoom({ preset: 'public_chat', room_version: '12' });
  const room = new Room(id, alice, world.scripted('evil.test'), await alice.send(id, 'first'));
  const { body } = await alice.ok('GET', `${roomPath(id)}/state`);
  for (const event of body as unknown as { type: string; state_key: string; event_id: string }[])
    room.state.set(`${event.type} ${event.state_key}`, event.event_id);
  const joined = room.make('m.room.member', { membership: 'join' }, EVE);
  assert.deepEqual(await room.send(joined), { [joined.eventId]: {} });
  return { world, room };
}

test('an event after a gap is judged within the transaction, when the gap can be filled', async () => {
  const { room } = await aRoom();
  const lost = [room.say('one'), room.say('two')];
  const last = room.say('three');
  room.evil.on('POST', /get_missing_events/, () => answerJson(200, { events: lost.map(({ json }) => json) }));
  assert.deepEqual(await room.send(last), { [last.eventId]: {} });
  assert.deepEqual((await room.shown()).slice(0, 3), ['three', 'two', 'one']);
  const [asked] = room.evil.asked(/get_missing_events/);
  assert.deepEqual((JSON.parse(asked?.text ?? '{}') as JsonObject)['latest_events'], [last.eventId]);
  assert.equal(room.evil.asked(/state|event_auth/).length, 0);
});

test('where the gap cannot be filled, the state at it is taken', async () => {
  const { room } = await aRoom();
  const ids = [...room.state.values()];
  room.say('lost');
  const last = room.say('after the gap');
  room.evil.on('POST', /get_missing_events/, () => answerJson(404, { errcode: 'M_NOT_FOUND' }));
  room.evil.on('GET', /state_ids/, () => answerJson(200, { pdu_ids: ids, auth_chain_ids: [] }));
  assert.deepEqual(await room.send(last), { [last.eventId]: {} });
  assert.deepEqual((await room.shown())[0], 'after the gap');
});

test('what was acknowledged is judged when its server can be reached again', async () => {
  const { world, room } = await aRoom();
  const lost = room.say('one');
  const last = room.say('two');
  world.goDown('evil.test');
  assert.deepEqual(await room.send(last), { [last.eventId]: {} });
  assert.deepEqual(await room.shown(), ['first']);
  room.evil.on('POST', /get_missing_events/, () => answerJson(200, { events: [lost.json] }));
  world.comeBack('evil.test');
  await world.sleep(30_000);
  assert.deepEqual(await room.shown(), ['two', 'one', 'first']);
});

test('who answers with garbage, or not at all, is asked a bounded number of times, and their event is let go', async () => {
  const { world, room } = await aRoom();
  room.say('lost');
  const last = room.say('never judged');
  let requests = 0;
  const garbage = (): ReturnType<typeof answerJson> => {
    requests += 1;
    return { status: requests % 2 === 0 ? 200 : 503, headers: [], body: 'garbage' };
  };
  room.evil.on('POST', /federation/, garbage);
  room.evil.on('GET', /federation/, garbage);
  await room.send(last);
  for (let minute = 0; minute < 120; minute++) await world.sleep(60_000);
  assert.ok(requests <= 20, String(requests));
  assert.deepEqual(await room.shown(), ['first']);
  await room.alice.send(room.id, 'on we go');
});

test('a message in the name of another server is dropped, and no key is asked for', async () => {
  const { world, room } = await aRoom();
  const hon = world.scripted('hon.test');
  const { json } = room.say('x');
  const forged = { ...json, sender: '@hana:hon.test' };
  const { json: answer } = await room.evil.transaction('hs1.test', [JSON.stringify(forged)]);
  const [result] = Object.values(answer['pdus'] as Record<string, { error?: string }>);
  assert.equal(result?.error, 'signature-missing');
  assert.equal(hon.received.length, 0);
});

test('an auth event that is missing is got of who cites it; where it is rejected, so is what cites it, and what follows is not', async () => {
  const { room } = await aRoom();
  const rejected = room.make('m.room.power_levels', { users: {} }, '');
  const { [rejected.eventId]: verdict } = await room.send(rejected);
  assert.equal(typeof verdict?.error, 'string');
  const outlier = room.make('m.room.member', { membership: 'join', test: 1 }, EVE);
  // It cites the levels that were rejected, and so does nobody accept it.
  assert.ok(outlier.authEvents.includes(rejected.eventId));
  const first = room.say('first of eve');
  const second = room.say('second of eve');
  room.state.clear();
  const { body } = await room.alice.ok('GET', `${roomPath(room.id)}/state`);
  for (const event of body as unknown as { type: string; state_key: string; event_id: string }[])
    room.state.set(`${event.type} ${event.state_key}`, event.event_id);
  const sentinel = room.say('sentinel');
  room.evil.on('GET', /event_auth/, (request) =>
    request.target.includes(encodeURIComponent(first.eventId))
      ? answerJson(200, { auth_chain: [outlier.json] })
      : answerJson(404, {}),
  );
  room.evil.on('GET', /federation\/v1\/event\//, () => answerJson(200, { pdus: [outlier.json] }));
  room.evil.on('POST', /get_missing_events/, () => answerJson(200, { events: [outlier.json] }));
  const results = await room.send(first, second, sentinel);
  assert.equal(typeof results[first.eventId]?.error, 'string');
  assert.equal(typeof results[second.eventId]?.error, 'string');
  assert.deepEqual(results[sentinel.eventId], {});
  assert.equal((await room.shown())[0], 'sentinel');
});
