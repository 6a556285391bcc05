// Events that come before what they follow, or before what allows them: what the room asks for, and what it makes of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pdu } from '../../../src/events/pdu.ts';
import { refusal } from '../refusal.ts';
import { alice, bob, said } from '../world.ts';
import { isEmpty, Peer, textOf, withEve } from './peer.ts';

/** Messages, one after the other. */
function chain(eve: Peer, length: number): Pdu[] {
  return Array.from({ length }, (_, index) => eve.make({ body: `message ${index}` }));
}

async function shown(eve: Peer, limit: number): Promise<string[]> {
  return (await eve.room.page(alice, { limit })).chunk.map(said).toReversed();
}

test('a gap is filled with what is missing, in order', async () => {
  const eve = await withEve();
  const [extremity] = eve.last;
  const pdus = chain(eve, 4);
  const last = pdus[3]!;
  const received = await eve.send(last);
  assert.equal(received.results[0]?.outcome, 'staged');
  assert.deepEqual(received.wants.missing, [
    { from: eve.server, latest: [last.eventId], earliest: [extremity?.eventId], minDepth: 0, limit: 100 },
  ]);
  const results = await eve.fill(received);
  assert.deepEqual(results.at(-1), { eventId: last.eventId, outcome: 'accepted' });
  assert.deepEqual(await shown(eve, 4), ['message 0', 'message 1', 'message 2', 'message 3']);
  assert.deepEqual(eve.asked, ['missing']);
  assert.equal(eve.data.head.extremities.length, 1);
});

test('what is missing and comes by itself is as good', async () => {
  const eve = await withEve();
  const pdus = chain(eve, 3);
  for (const pdu of pdus.toReversed()) await eve.send(pdu);
  assert.deepEqual(await shown(eve, 3), ['message 0', 'message 1', 'message 2']);
  assert.ok(isEmpty(await eve.room.room.receipt.wants()));
});

for (const [length, limit] of [
  [1, 100],
  [10, 3],
  [500, 100],
  [500, 20],
] as const) {
  test(`a gap of ${length}, ${limit} in an answer, ends with the last event accepted and at most 20 requests`, async () => {
    const eve = await withEve();
    const pdus = chain(eve, length + 1);
    const results = await eve.fill(await eve.send(pdus.at(-1)!), { limit });
    assert.deepEqual(results.at(-1), { eventId: pdus.at(-1)!.eventId, outcome: 'accepted' });
    assert.ok(eve.asked.length <= 20, eve.asked.join());
    eve.room.world.restart();
    const ours = eve.data.byId(await eve.room.send(alice, 'ours'));
    assert.ok(ours?.pdu.prevEvents.includes(pdus.at(-1)!.eventId));
    assert.equal((await eve.sends(eve.make({ body: 'on we go' }))).outcome, 'accepted');
  });
}

test('where nothing of a gap can be had, the state after it is taken, and resolved with ours', async () => {
  const eve = await withEve();
  const hidden = eve.member('join', eve.userId, { originServerTs: eve.room.world.clock.now() + 10 });
  eve.make({ body: 'lost' });
  const last = eve.make({ body: 'after the gap' });
  const results = await eve.fill(await eve.send(last), { missing: 'none' });
  assert.deepEqual(results.at(-1), { eventId: last.eventId, outcome: 'accepted' });
  assert.deepEqual(eve.asked, ['missing', 'stateIds', 'event']);
  const { data } = eve;
  assert.equal(data.byId(hidden.eventId)?.outlier, true);
  assert.equal(data.stateEvent(data.head.root, 'm.room.member', eve.userId)?.pdu.eventId, hidden.eventId);
  assert.equal(data.stateEvent(data.head.root, 'm.room.member', alice.userId)?.pdu.sender, alice.userId);
  assert.deepEqual(await shown(eve, 1), ['after the gap']);
  await assert.rejects(eve.room.room.reading.event(alice, hidden.eventId), refusal(404, 'M_NOT_FOUND'));
});

test('a timeline begins after a gap, and says that there is more before it, until the gap is filled', async () => {
  const eve = await withEve();
  const lost = eve.make({ body: 'lost' });
  await eve.room.send(alice, 'before');
  const after = eve.room.pos - 1;
  const last = eve.make({ body: 'after the gap' });
  await eve.fill(await eve.send(last), { missing: 'none' });
  const gapped = await eve.room.window(alice, { after });
  assert.deepEqual(gapped.events.map(said), ['after the gap']);
  assert.equal(gapped.limited, true);
  await eve.send(lost);
  const filled = await eve.room.window(alice, { after });
  assert.deepEqual(filled.events.map(said), ['before', 'after the gap', 'lost']);
  assert.equal(filled.limited, false);
});

test('a long gap of events that each cite the one before is closed by the state with its auth chain', async () => {
  const eve = await withEve();
  const now = eve.room.world.clock.now();
  const pdus = Array.from({ length: 250 }, (_, index) =>
    eve.make({
      originServerTs: now + index + 1,
      type: 'm.room.member',
      stateKey: eve.userId,
      content: { membership: 'join', displayname: `Eve ${index}` },
    }),
  );
  const last = pdus.at(-1)!;
  const results = await eve.fill(await eve.send(last), { limit: 10, auth: 'none' });
  assert.deepEqual(results.at(-1), { eventId: last.eventId, outcome: 'accepted' });
  assert.ok(eve.asked.length <= 20, eve.asked.join());
  assert.deepEqual(eve.asked.slice(-2), ['stateIds', 'state']);
  const { data } = eve;
  assert.equal(data.stateEvent(data.head.root, 'm.room.member', eve.userId)?.pdu.eventId, last.eventId);
});

test('nothing is asked for the auth events of what follows an event that waits itself', async () => {
  const eve = await withEve();
  const [, , last] = [eve.member('join'), eve.make({ body: 'second' }), eve.make({ body: 'third' })];
  await eve.fill(await eve.send(last), { limit: 1 });
  assert.equal(eve.data.byId(last.eventId)?.verdict, 'accepted');
  assert.deepEqual(eve.asked, ['missing', 'missing']);
});

test('of a claimed state, what follows an auth event that nobody gives is not used, however much of it is given', async () => {
  const eve = await withEve();
  const [before] = eve.last;
  const own = eve.data.stateEvent(eve.data.head.root, 'm.room.member', eve.userId)?.pdu.eventId;
  const [, lost, ...others] = Array.from({ length: 5 }, () => eve.member('join'));
  eve.make({ body: 'lost' });
  const last = eve.make({ body: 'after the gap' });
  const results = await eve.fill(await eve.send(last), { missing: 'none', auth: 'none', without: [lost!.eventId] });
  assert.equal(results.at(-1)?.outcome, 'dropped');
  for (const pdu of others) assert.equal(eve.data.byId(pdu.eventId), undefined);
  assert.equal((await eve.sends(eve.make({ body: 'on we go', after: [before!] }))).outcome, 'accepted');
  const { data } = eve;
  assert.equal(data.stateEvent(data.head.root, 'm.room.member', eve.userId)?.pdu.eventId, own);
  assert.equal(eve.room.world.sql.first('SELECT count(*) AS n FROM room_staged')?.['n'], 0);
});

test('what was in the gap and comes later has its place, and is no forward extremity', async () => {
  const eve = await withEve();
  const lost = eve.make({ body: 'lost' });
  const last = eve.make({ body: 'after the gap' });
  await eve.fill(await eve.send(last), { missing: 'none' });
  assert.equal(eve.data.head.extremities.length, 2);
  assert.equal((await eve.sends(lost)).outcome, 'accepted');
  const { data } = eve;
  assert.deepEqual(
    data.head.extremities.map((number) => data.byNumber(number)?.pdu.eventId),
    [last.eventId],
  );
});

test('who names a state without what forbids their event gains nothing', async () => {
  const eve = await withEve();
  const [before] = eve.last;
  await eve.room.member(alice, 'ban', { userId: eve.userId, deviceId: undefined, group: 0 });
  const { root } = eve.data.head;
  eve.make({ body: 'lost', after: [before!] });
  const evades = eve.make({ body: 'not banned' });
  const topic = eve.state('m.room.topic', { topic: 'mine' });
  const [said] = await eve.fill(await eve.send(evades), { missing: 'none' }).then((all) => all.slice(-1));
  assert.equal(said?.outcome, 'soft-failed');
  const state = await eve.fill(await eve.send(topic), { missing: 'none' });
  assert.notEqual(state.at(-1)?.outcome, 'accepted');
  assert.equal(eve.data.head.root, root);
});

test('a claimed state of another room, or without its beginning, is none', async () => {
  const eve = await withEve();
  eve.make({ body: 'lost' });
  const last = eve.make({ body: 'after the gap' });
  const results = await eve.fill(await eve.send(last), { missing: 'none', stateIds: () => [last.eventId] });
  assert.deepEqual(results.at(-1), { eventId: last.eventId, outcome: 'dropped', reason: 'prev-event-missing' });
  assert.equal(eve.data.byId(last.eventId)?.roomPos, undefined);
});

test('who answers with ever more unknown events is asked 20 times at most', async () => {
  const eve = await withEve();
  const pdus = chain(eve, 300);
  const results = await eve.fill(await eve.send(pdus.at(-1)!), { limit: 5, stateIds: () => [] });
  assert.ok(eve.asked.length <= 20, String(eve.asked.length));
  assert.equal(results.at(-1)?.outcome, 'dropped');
  assert.ok(isEmpty(await eve.room.room.receipt.wants()));
  await eve.room.send(alice, 'on we go');
});

test('who answers a gap with what is no event has their event dropped', async () => {
  const eve = await withEve();
  eve.make({ body: 'lost' });
  const last = eve.make({ body: 'good' });
  await eve.send(last);
  const { results } = await eve.room.room.receipt.supply({
    missing: { from: eve.server, latest: [last.eventId], answered: 'had', texts: ['{"bad":1.5}'] },
  });
  assert.deepEqual(results, [{ eventId: last.eventId, outcome: 'dropped', reason: 'prev-event-malformed' }]);
});

test('events of other rooms in an answer count for nothing', async () => {
  const eve = await withEve();
  const other = await withEve('12', { world: eve.room.world });
  const foreign = other.make({ body: 'elsewhere' });
  eve.make({ body: 'lost' });
  const last = eve.make({ body: 'here' });
  await eve.send(last);
  const { wants } = await eve.room.room.receipt.supply({
    missing: { from: eve.server, latest: [last.eventId], answered: 'had', texts: [textOf(foreign)] },
  });
  assert.equal(wants.stateIds.length, 1);
  assert.equal(eve.data.byId(foreign.eventId), undefined);
});

test('an auth event that is missing is fetched and checked; without it the event is not accepted, with it it is', async () => {
  const eve = await withEve('11');
  const fork = eve.last;
  const renamed = eve.member('join', eve.userId, {});
  const last = eve.make({ body: 'cites it', after: fork, authEvents: citing(eve, renamed) });
  const refused = await eve.fill(await eve.send(last), { without: [renamed.eventId] });
  assert.deepEqual(refused.at(-1), { eventId: last.eventId, outcome: 'dropped', reason: 'auth-event-missing' });
  assert.ok(eve.asked.length <= 20);
  assert.equal(eve.data.byId(last.eventId), undefined);
  const accepted = await eve.fill(await eve.send(last));
  assert.deepEqual(accepted.at(-1), { eventId: last.eventId, outcome: 'accepted' });
  assert.equal(eve.data.byId(renamed.eventId)?.outlier, true);
  // It is no part of the room until its place is known.
  assert.equal((await eve.sends(renamed)).outcome, 'accepted');
  assert.equal(eve.data.byId(renamed.eventId)?.outlier, false);
});

/** The auth events of a message of Eve's, with another member event of hers. */
function citing(eve: Peer, member: Pdu): string[] {
  const usual = eve.make({ body: 'usual' });
  const own = usual.authEvents.filter((id) => eve.events.get(id)?.stateKey !== eve.userId);
  return [...own, member.eventId];
}

test('a rejected auth event rejects what cites it', async () => {
  const eve = await withEve('11');
  const fork = eve.last;
  const levels = eve.state('m.room.power_levels', { users: { [eve.userId]: 100 } });
  assert.equal((await eve.sends(levels)).outcome, 'rejected');
  const usual = eve.make({ body: 'usual', after: fork });
  const own = usual.authEvents.filter((id) => eve.events.get(id)?.type !== 'm.room.power_levels');
  const topic = eve.make({
    type: 'm.room.topic',
    stateKey: '',
    content: { topic: 'mine' },
    after: fork,
    authEvents: [...own, levels.eventId],
  });
  assert.equal((await eve.sends(topic)).outcome, 'rejected');
});

test('a ban holds for what precedes it and comes later; what was soft-failed is looked at again when it comes again', async () => {
  const eve = await withEve();
  const [before] = eve.last;
  const eves = { userId: eve.userId, deviceId: undefined, group: 0 };
  await eve.room.member(alice, 'ban', eves);
  const { extremities } = eve.data.head;
  const first = eve.make({ body: 'evades', after: [before!] });
  const second = eve.make({ body: 'evades again' });
  assert.equal((await eve.sends(first)).outcome, 'soft-failed');
  assert.equal((await eve.sends(second)).outcome, 'soft-failed');
  assert.deepEqual(eve.data.head.extremities, extremities);
  const ours = eve.data.byId(await eve.room.send(alice, 'ours'));
  assert.ok(!ours?.pdu.prevEvents.includes(second.eventId));
  // An honest server that had them before the ban follows both.
  const next = eve.data.byId(ours!.pdu.eventId)!;
  await eve.room.member(alice, 'unban', eves);
  eve.learn();
  await eve.send(eve.member('join'));
  assert.equal((await eve.sends(first)).outcome, 'accepted');
  assert.equal((await eve.sends(second)).outcome, 'accepted');
  assert.ok(next.verdict === 'accepted');
  assert.equal(said(await eve.room.room.reading.event(alice, first.eventId)), 'evades');
});

test('what follows rejected and soft-failed events has its place, and covers what those follow', async () => {
  const eve = await withEve();
  const hana = new Peer(eve.room, 'hon.test', 'hana');
  await hana.send(hana.member('join'));
  eve.learn();
  const rejected = eve.state('m.room.topic', { topic: 'mine' });
  assert.equal((await eve.sends(rejected)).outcome, 'rejected');
  hana.learn();
  const [end] = hana.last;
  const honest = hana.make({ body: 'honest', after: [end!] });
  hana.last = [honest];
  const over = hana.make({ body: 'over it', prevEvents: [rejected.eventId], after: [end!] });
  assert.equal((await hana.sends(over)).outcome, 'accepted');
  const { data } = eve;
  assert.deepEqual(
    data.head.extremities.map((number) => data.byNumber(number)?.pdu.eventId),
    [over.eventId],
  );
});

test('many branches are joined by an event of ours that nobody sees', async () => {
  const eve = await withEve();
  const fork = eve.last;
  const pdus = Array.from({ length: 30 }, (_, index) => eve.make({ body: `branch ${index}`, after: fork }));
  for (const pdu of pdus) assert.equal((await eve.sends(pdu)).outcome, 'accepted');
  assert.ok(eve.data.head.extremities.length <= 10);
  const bodies = await shown(eve, 50);
  assert.equal(bodies.filter((body) => body.startsWith('branch')).length, 30);
  assert.ok(!bodies.includes('org.matrix.dummy_event'));
  const window = await eve.room.window(alice, { limit: 40 });
  assert.equal(window.events.filter((event) => event['type'] === 'org.matrix.dummy_event').length, 0);
  assert.ok(window.events.length > 20);
});

test('a waiting event survives a restart at any point, with what was asked for it', async () => {
  const eve = await withEve();
  const pdus = chain(eve, 12);
  const last = pdus.at(-1)!;
  let received = await eve.send(last);
  for (let round = 0; round < 40 && !isEmpty(received.wants); round++) {
    // Whoever was given the wants is gone, and so is all that the room had in memory.
    eve.room.world.restart();
    const wants = await eve.room.room.receipt.wants();
    for (const supplied of eve.answersTo(wants, { limit: 3, keys: keys(eve) })) {
      received = await eve.room.room.receipt.supply(supplied);
      eve.room.world.restart();
    }
    if (isEmpty(received.wants)) received = { ...received, wants: await eve.room.room.receipt.wants() };
  }
  const outcome = eve.data.byId(last.eventId)?.verdict;
  // Each restart costs requests: it ends within them, one way or the other, and nothing waits for ever.
  assert.ok(outcome === 'accepted' || outcome === undefined);
  assert.ok(isEmpty(await eve.room.room.receipt.wants()));
  const staged = eve.room.world.sql.first('SELECT count(*) AS n FROM room_staged')?.['n'];
  assert.equal(staged, 0);
});

function keys(eve: Peer): ReadonlyMap<string, ReturnType<typeof keysOfPeer>> {
  return new Map([[eve.server, keysOfPeer(eve)]]);
}

function keysOfPeer(eve: Peer): { serverName: string; keys: { keyId: string; key: string; validUntilTs: number }[] } {
  return {
    serverName: eve.server,
    keys: [
      {
        keyId: eve.signer.keyId,
        key: Buffer.from(eve.signer.publicKey).toString('base64').replaceAll('=', ''),
        validUntilTs: 4_000_000_000_000,
      },
    ],
  };
}

test('one server cannot fill the room with what waits', async () => {
  const eve = await withEve();
  const outcomes = new Map<string, number>();
  for (let index = 0; index < 510; index++) {
    const last = eve.last;
    eve.make({ body: `lost ${index}`, after: last });
    const { outcome } = await eve.sends(eve.make({ body: `after ${index}` }));
    eve.last = last;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  assert.deepEqual(
    [...outcomes],
    [
      ['staged', 500],
      ['dropped', 10],
    ],
  );
  await eve.room.send(alice, 'on we go');
  await eve.room.member(bob, 'join');
});

test('what is sent along with an auth chain and is no part of it is not kept', async () => {
  const eve = await withEve('11');
  const fork = eve.last;
  const renamed = eve.member('join');
  const junk = [eve.make({ type: 'com.example.junk', content: {} }), eve.member('join')];
  const last = eve.make({ body: 'cites it', after: fork, authEvents: citing(eve, renamed) });
  await eve.send(last);
  const { receipt } = eve.room.room;
  const texts = [renamed, ...junk].map(textOf);
  await receipt.supply({ outliers: { from: eve.server, wantedBy: last.eventId, texts } });
  const wanted = { from: eve.server, eventId: last.eventId, answered: 'had' } as const;
  const { results } = await receipt.supply({ auth: [wanted] });
  assert.equal(eve.data.byId(renamed.eventId)?.outlier, true);
  for (const pdu of junk) assert.equal(eve.data.byId(pdu.eventId), undefined);
  assert.ok([...results].every(({ outcome }) => outcome === 'accepted'));
  assert.equal(eve.data.byId(last.eventId)?.verdict, 'accepted');
  assert.equal(eve.room.world.sql.first('SELECT count(*) AS n FROM room_staged')?.['n'], 0);
});
