// Events that other servers send: what is taken, what is dropped, and what becomes of the rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signerFromSeed } from '../../../src/events/signing-key.ts';
import type { JsonObject } from '../../../src/spec/json.ts';
import { refusal } from '../refusal.ts';
import { alice, bob, said } from '../world.ts';
import { isEmpty, keysOf, textOf, withEve } from './peer.ts';

for (const version of ['6', '10', '11', '12']) {
  test(`v${version}: a message of another server is shown to clients, and ours follows it`, async () => {
    const eve = await withEve(version);
    const pdu = eve.make({ body: 'hello' });
    assert.deepEqual(await eve.sends(pdu), { eventId: pdu.eventId, outcome: 'accepted' });
    assert.deepEqual((await eve.room.page(alice, { limit: 1 })).chunk.map(said), ['hello']);
    const ours = eve.data.byId(await eve.room.send(alice, 'hello to you'));
    assert.deepEqual(ours?.pdu.prevEvents, [pdu.eventId]);
  });
}

test('the same event sent three times at once, and again, is there once', async () => {
  const eve = await withEve();
  const pdu = eve.make({ body: 'once' });
  const sent = await Promise.all([eve.sends(pdu), eve.sends(pdu), eve.sends(pdu)]);
  assert.deepEqual(new Set(sent.map(({ outcome }) => outcome)), new Set(['accepted']));
  const count = eve.data.head.eventCount;
  eve.room.world.restart();
  const { results } = await eve.send(pdu, pdu);
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    ['accepted', 'accepted'],
  );
  assert.equal(eve.data.head.eventCount, count);
});

test('an event in the name of one of our users, or of a third server, is dropped without a question', async () => {
  const eve = await withEve();
  for (const sender of [alice.userId, '@hana:hon.test']) {
    const { results, wants } = await eve.send(eve.make({ by: sender }));
    assert.equal(results[0]?.outcome, 'dropped');
    assert.equal(results[0]?.reason, 'signature-missing');
    assert.ok(isEmpty(wants));
  }
  const impostor = signerFromSeed('hearth.test', 'ed25519:1', new Uint8Array(32).fill(99));
  assert.equal((await eve.sends(eve.make({ by: alice.userId, signer: impostor }))).outcome, 'dropped');
});

test('tampered content is taken in its redacted form only', async () => {
  const eve = await withEve();
  const pdu = eve.make({ body: 'true' });
  const tampered = { ...pdu.json, content: { msgtype: 'm.text', body: 'false' } };
  const { results } = await eve.room.room.receipt.offer(eve.server, [JSON.stringify(tampered)]);
  assert.deepEqual(results, [{ eventId: pdu.eventId, outcome: 'accepted' }]);
  assert.deepEqual((await eve.room.room.reading.event(alice, pdu.eventId))['content'], {});
});

test('an event id that is sent along counts for nothing', async () => {
  const eve = await withEve('11');
  const known = eve.make({ body: 'first' });
  await eve.send(known);
  const pdu = eve.make({ body: 'second' });
  const text = JSON.stringify({ ...pdu.json, event_id: known.eventId });
  const { results } = await eve.room.room.receipt.offer(eve.server, [text]);
  assert.deepEqual(results, [{ eventId: pdu.eventId, outcome: 'accepted' }]);
  assert.equal(said(await eve.room.room.reading.event(alice, known.eventId)), 'first');
  assert.equal(said(await eve.room.room.reading.event(alice, pdu.eventId)), 'second');
});

test('of an offer with good events and malformed ones all good ones are shown, and each bad one has its reason', async () => {
  const eve = await withEve();
  const wrong: JsonObject[] = [
    { type: 5 },
    { state_key: null },
    { sender: 'eve' },
    { content: [] },
    { depth: '5' },
    { depth: -1 },
    { depth: 1.5 },
    { depth: 2 ** 53 },
    { prev_events: {} },
    { auth_events: 'x' },
    { hashes: [] },
    { signatures: { 'evil.test': [] } },
    { room_id: 'R' },
    { origin_server_ts: '0' },
  ];
  const texts: string[] = [];
  for (const [index, change] of wrong.entries()) {
    const last = eve.last;
    texts.push(JSON.stringify({ ...eve.make({ body: `bad ${index}` }).json, ...change }));
    eve.last = last;
    texts.push(textOf(eve.make({ body: `good ${index}` })));
  }
  const { results } = await eve.room.room.receipt.offer(eve.server, [...texts, '{', '[]', '"x"']);
  for (const [index, { outcome, reason }] of results.entries()) {
    const good = index < texts.length && index % 2 === 1;
    assert.equal(outcome, good ? 'accepted' : 'dropped', `${index}: ${reason}`);
    assert.equal(reason === undefined, good);
  }
  const shown = (await eve.room.page(alice, { limit: 50 })).chunk.map(said);
  assert.deepEqual(shown.slice(0, wrong.length), wrong.map((_, index) => `good ${index}`).toReversed());
});

test('an event of the greatest size is taken, one byte more is dropped', async () => {
  const eve = await withEve();
  const size = (pdu: { json: JsonObject }): number => JSON.stringify(pdu.json).length;
  const empty = size(eve.make({ body: '' }));
  const body = 'a'.repeat(65_536 - empty - 20);
  eve.learn();
  const almost = eve.make({ body });
  const pad = 65_536 - size(almost);
  eve.learn();
  assert.equal((await eve.sends(eve.make({ body: body + 'a'.repeat(pad) }))).outcome, 'accepted');
  const { json } = eve.make({ body: 'x' });
  const large = { ...json, unsigned: { pad: 'a'.repeat(65_536) } };
  const { results } = await eve.room.room.receipt.offer(eve.server, [JSON.stringify(large)]);
  assert.equal(results[0]?.reason, 'too-large');
});

test('names in content that sort otherwise than they are written keep the event whole', async () => {
  const eve = await withEve();
  const content = { '10': 1, '9': 2, '1': 3, a: 4, '\uE000': 5, '\u{1F600}': 6 };
  const pdu = eve.make({ type: 'com.example.keys', content });
  await eve.send(pdu);
  assert.deepEqual((await eve.room.room.reading.event(alice, pdu.eventId))['content'], content);
});

test('the greatest depth is taken, and ours goes no further', async () => {
  const eve = await withEve();
  const pdu = eve.make({ body: 'deep', depth: Number.MAX_SAFE_INTEGER });
  assert.equal((await eve.sends(pdu)).outcome, 'accepted');
  const ours = eve.data.byId(await eve.room.send(alice, 'ours'));
  assert.equal(ours?.pdu.depth, Number.MAX_SAFE_INTEGER);
  assert.deepEqual((await eve.room.page(alice, { limit: 2 })).chunk.map(said), ['ours', 'deep']);
});

test('who may not is rejected: a stranger, a topic below the level, the state key of another user', async () => {
  const eve = await withEve();
  const { root } = eve.data.head;
  const topic = eve.state('m.room.topic', { topic: 'mine' });
  eve.learn();
  const other = eve.make({ type: 'com.example.of', stateKey: alice.userId, content: {} });
  eve.learn();
  const stranger = eve.make({ by: '@mallory:evil.test' });
  for (const pdu of [topic, other, stranger]) assert.equal((await eve.sends(pdu)).outcome, 'rejected');
  assert.equal(eve.data.head.root, root);
  await assert.rejects(eve.room.room.reading.event(alice, topic.eventId), refusal(404, 'M_NOT_FOUND'));
});

test('what a server on the access control list sends is dropped, each with its reason', async () => {
  const eve = await withEve();
  await eve.room.state(alice, 'm.room.server_acl', '', { allow: ['*'], deny: ['evil.test'] });
  eve.learn();
  assert.deepEqual((await eve.sends(eve.make({}))).reason, 'server-acl');
});

test('a room that has not begun answers 404', async () => {
  const eve = await withEve();
  const { receipt } = eve.room.world.room('!nowhere:hearth.test');
  await assert.rejects(receipt.offer('evil.test', ['{}']), refusal(404, 'M_NOT_FOUND'));
});

test('a signing key counts for the times at which it was good', async () => {
  const eve = await withEve('11');
  const now = eve.room.world.clock.now();
  const old = { serverName: eve.server, keys: [{ ...keysOf(eve.signer).keys[0]!, expiredTs: now }] };
  const { validUntilTs: _, ...key } = old.keys[0]!;
  const keys = { ...old, keys: [key] };
  eve.room.world.restart();
  const offer = (text: string): ReturnType<typeof eve.send> => eve.room.room.receipt.offer(eve.server, [text], [keys]);
  assert.equal((await offer(textOf(eve.make({ originServerTs: now })))).results[0]?.outcome, 'accepted');
  const late = await offer(textOf(eve.make({ originServerTs: now + 1 })));
  assert.equal(late.results[0]?.outcome, 'staged');
  assert.deepEqual(late.wants.keys, [{ serverName: eve.server, keyIds: ['ed25519:e'], at: now + 1 }]);
  const told = await eve.room.room.receipt.supply({ keys: [{ serverName: eve.server, known: keys }] });
  assert.deepEqual(
    told.results.map(({ reason }) => reason),
    ['signing-key-not-known'],
  );
});

test('keys that are not at hand are wanted, and the event is judged once they are there', async () => {
  const eve = await withEve();
  eve.room.world.restart();
  const pdu = eve.make({ body: 'later' });
  const first = await eve.room.room.receipt.offer(eve.server, [textOf(pdu)]);
  assert.equal(first.results[0]?.outcome, 'staged');
  // What was acknowledged is there after a restart.
  eve.room.world.restart();
  const wants = await eve.room.room.receipt.wants();
  assert.equal(wants.keys.length, 1);
  const told = await eve.room.room.receipt.supply({ keys: [{ serverName: eve.server, known: keysOf(eve.signer) }] });
  assert.deepEqual(told.results, [{ eventId: pdu.eventId, outcome: 'accepted' }]);
  assert.ok(isEmpty(told.wants));
});

test('a redaction by who may not is stored and not shown; by who may it is', async () => {
  const eve = await withEve();
  const hers = await eve.room.send(alice, 'hers');
  eve.learn();
  const refused = eve.make({ type: 'm.room.redaction', content: { redacts: hers }, redacts: hers });
  assert.equal((await eve.sends(refused)).outcome, 'accepted');
  assert.equal(said(await eve.room.room.reading.event(alice, hers)), 'hers');
  await assert.rejects(eve.room.room.reading.event(alice, refused.eventId), refusal(404, 'M_NOT_FOUND'));
  const own = eve.make({ body: 'own' });
  const redaction = eve.make({ type: 'm.room.redaction', content: {}, redacts: own.eventId });
  await eve.send(own, redaction);
  assert.deepEqual((await eve.room.room.reading.event(alice, own.eventId))['content'], {});
  assert.equal((await eve.room.room.reading.event(alice, redaction.eventId))['type'], 'm.room.redaction');
});

test('a redaction that comes before its target is shown with it, and nobody sees what it took', async () => {
  const eve = await withEve();
  const fork = eve.last;
  const target = eve.make({ body: 'secret' });
  const redaction = eve.make({ type: 'm.room.redaction', content: {}, redacts: target.eventId, after: fork });
  assert.equal((await eve.sends(redaction)).outcome, 'accepted');
  await assert.rejects(eve.room.room.reading.event(alice, redaction.eventId), refusal(404, 'M_NOT_FOUND'));
  eve.room.world.restart();
  assert.equal((await eve.sends(target)).outcome, 'accepted');
  assert.deepEqual((await eve.room.room.reading.event(alice, target.eventId))['content'], {});
  assert.equal((await eve.room.room.reading.event(alice, redaction.eventId))['type'], 'm.room.redaction');
  assert.deepEqual(
    (await eve.room.page(alice, { limit: 2 })).chunk.map((one) => one['event_id']),
    [redaction.eventId, target.eventId],
  );
});

test('auth events of another room count for nothing, wherever they come from', async () => {
  const eve = await withEve('11');
  const other = await withEve('11', { world: eve.room.world });
  const own = eve.make({ body: 'x' });
  const foreign = other.make({ body: 'y' });
  const cites = eve.make({ body: 'z', authEvents: foreign.authEvents });
  for (const [id, pdu] of other.events) eve.events.set(id, pdu);
  await eve.send(own);
  const results = await eve.fill(await eve.send(cites));
  assert.equal(results.at(-1)?.outcome, 'dropped');
  assert.equal(eve.data.byId(cites.eventId), undefined);
});

test('an invite of one of our users by another server reaches their group', async () => {
  const eve = await withEve('12', { steps: [] });
  const invite = eve.member('invite', bob.userId);
  const result = await eve.sends(invite);
  assert.equal(result.outcome, 'accepted');
  assert.equal(eve.data.members.get(bob.userId)?.group, bob.group);
});
