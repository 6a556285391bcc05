// Profiles, account data and filters. https://spec.matrix.org/v1.19/client-server-api/#user-data
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const USER = `${V3}/user/@alice:hs1`;
const PROFILE = `${V3}/profile/@alice:hs1`;
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};
const registered = () => Client.register(new Hearth(), 'alice');

test('profile fields are set, read by anybody, and deleted', async () => {
  const alice = await registered();
  const anybody = new Client(alice.server);
  await alice.ok('PUT', `${PROFILE}/displayname`, { displayname: 'Alice' });
  await alice.ok('PUT', `${PROFILE}/com.example.pets`, { 'com.example.pets': { cats: 2 } });
  await alice.ok('PUT', `${PROFILE}/m.tz`, { 'm.tz': 'Europe/Paris' });
  assert.deepEqual((await anybody.ok('GET', PROFILE)).body, {
    displayname: 'Alice',
    'com.example.pets': { cats: 2 },
    'm.tz': 'Europe/Paris',
  });
  assert.deepEqual((await anybody.ok('GET', `${PROFILE}/com.example.pets`)).body, { 'com.example.pets': { cats: 2 } });
  await alice.ok('DELETE', `${PROFILE}/com.example.pets`);
  refused(await anybody.call('GET', `${PROFILE}/com.example.pets`), 404, 'M_NOT_FOUND');
  await alice.ok('DELETE', `${PROFILE}/com.example.pets`);
});

test('bad profile fields are refused', async () => {
  const alice = await registered();
  refused(await alice.call('PUT', `${PROFILE}/displayname`, {}), 400, 'M_MISSING_PARAM');
  refused(await alice.call('PUT', `${PROFILE}/displayname`, { displayname: 1 }), 400, 'M_BAD_JSON');
  refused(await alice.call('PUT', `${PROFILE}/Bad%20Key`, { 'Bad Key': 1 }), 400, 'M_INVALID_PARAM');
  refused(await alice.call('PUT', `${PROFILE}/__proto__`, '{"__proto__":1}'), 400, 'M_INVALID_PARAM');
  refused(await alice.call('DELETE', `${PROFILE}/Bad%20Key`), 400, 'M_INVALID_PARAM');
  refused(await alice.call('DELETE', `${PROFILE}/${'k'.repeat(256)}`), 400, 'M_KEY_TOO_LARGE');
  refused(await alice.call('PUT', `${PROFILE}/avatar_url`, { avatar_url: null }), 400, 'M_BAD_JSON');
  refused(await alice.call('PUT', `${V3}/profile/@bob:hs1/displayname`, { displayname: 'B' }), 403, 'M_FORBIDDEN');
  refused(await alice.call('PUT', `${PROFILE}/m.x`, { 'm.x': 'x'.repeat(70_000) }), 400, 'M_PROFILE_TOO_LARGE');
  const long = 'k'.repeat(256);
  refused(await alice.call('PUT', `${PROFILE}/${long}`, { [long]: 1 }), 400, 'M_KEY_TOO_LARGE');
  for (const user of ['@nobody:hs1', 'alice', '@'])
    refused(await alice.call('GET', `${V3}/profile/${user}`), 404, 'M_NOT_FOUND');
  refused(await alice.call('GET', `${V3}/profile/@alice:elsewhere`), 502, 'M_UNKNOWN');
});

test('a field holds any JSON, and one that is empty or removed is not there', async () => {
  const alice = await registered();
  for (const value of [null, false, 1.5, [], {}, '']) {
    await alice.ok('PUT', `${PROFILE}/com.example.x`, { 'com.example.x': value });
    assert.deepEqual((await alice.ok('GET', `${PROFILE}/com.example.x`)).body, { 'com.example.x': value });
  }
  refused(await alice.call('GET', `${PROFILE}/avatar_url`), 404, 'M_NOT_FOUND');
  await alice.ok('PUT', `${PROFILE}/avatar_url`, { avatar_url: 'mxc://hs1/abc' });
  await alice.ok('PUT', `${PROFILE}/avatar_url`, { avatar_url: '' });
  refused(await alice.call('GET', `${PROFILE}/avatar_url`), 404, 'M_NOT_FOUND');
  await alice.ok('DELETE', `${PROFILE}/displayname`);
  refused(await alice.call('GET', `${PROFILE}/displayname`), 404, 'M_NOT_FOUND');
});

test('tags of a room are set, listed, told and removed', async () => {
  const alice = await registered();
  const roomId = await alice.createRoom();
  const tags = `${USER}/rooms/${encodeURIComponent(roomId)}/tags`;
  assert.deepEqual((await alice.ok('GET', tags)).body, { tags: {} });
  const { next_batch: since } = await alice.sync();
  await alice.ok('PUT', `${tags}/m.favourite`, { order: 0.25 });
  await alice.ok('PUT', `${tags}/u.My%2Fwork`, {});
  const told = { tags: { 'm.favourite': { order: 0.25 }, 'u.My/work': {} } };
  assert.deepEqual((await alice.ok('GET', tags)).body, told);
  const { rooms } = await alice.sync({ since });
  assert.deepEqual(rooms?.join?.[roomId]?.account_data?.events, [{ type: 'm.tag', content: told }]);
  await alice.ok('DELETE', `${tags}/m.favourite`);
  await alice.ok('DELETE', `${tags}/m.favourite`);
  assert.deepEqual((await alice.ok('GET', tags)).body, { tags: { 'u.My/work': {} } });
});

test('tags that are none are refused', async () => {
  const alice = await registered();
  const tags = `${USER}/rooms/${encodeURIComponent('!r:hs1')}/tags`;
  for (const order of ['0.5', -0.1, 1.1, null])
    refused(await alice.call('PUT', `${tags}/u.x`, { order }), 400, 'M_BAD_JSON');
  refused(await alice.call('PUT', `${tags}/u.${'x'.repeat(254)}`, {}), 400, 'M_INVALID_PARAM');
  refused(await alice.call('PUT', `${USER}/rooms/nowhere/tags/u.x`, {}), 400, 'M_INVALID_PARAM');
  refused(await alice.call('GET', `${V3}/user/@bob:hs1/rooms/!r:hs1/tags`), 403, 'M_FORBIDDEN');
});

test('a display name that no member event could carry is refused', async () => {
  const alice = await registered();
  refused(
    await alice.call('PUT', `${PROFILE}/displayname`, { displayname: 'x'.repeat(60_000) }),
    400,
    'M_PROFILE_TOO_LARGE',
  );
  await alice.createRoom();
});

test('account data is kept by type, for the user and by room', async () => {
  const alice = await registered();
  const roomId = await alice.createRoom();
  const inRoom = `${USER}/rooms/${encodeURIComponent(roomId)}/account_data`;
  await alice.ok('PUT', `${USER}/account_data/m.x`, { a: 1.5 });
  await alice.ok('PUT', `${inRoom}/m.x`, '{"__proto__":{"b":1},"constructor":2}');
  assert.deepEqual((await alice.ok('GET', `${USER}/account_data/m.x`)).body, { a: 1.5 });
  assert.deepEqual(Object.entries((await alice.ok('GET', `${inRoom}/m.x`)).body), [
    ['__proto__', { b: 1 }],
    ['constructor', 2],
  ]);
  refused(await alice.call('GET', `${USER}/account_data/m.y`), 404, 'M_NOT_FOUND');
  refused(await alice.call('GET', `${inRoom}/m.y`), 404, 'M_NOT_FOUND');
  refused(await alice.call('PUT', `${USER}/rooms/nowhere/account_data/m.x`, {}), 400, 'M_INVALID_PARAM');
});

test("account data that is the server's, or too large, is refused", async () => {
  const alice = await registered();
  for (const type of ['m.fully_read', 'm.push_rules'])
    refused(await alice.call('PUT', `${USER}/account_data/${type}`, {}), 405, 'M_BAD_JSON');
  refused(await alice.call('PUT', `${USER}/account_data/${'t'.repeat(256)}`, {}), 413, 'M_TOO_LARGE');
  refused(await alice.call('PUT', `${USER}/account_data/m.x`, { x: 'x'.repeat(300_000) }), 413, 'M_TOO_LARGE');
});

test('a filter is read back under its id, which no inline filter looks like', async () => {
  const alice = await registered();
  const filter = {
    event_fields: ['content.body'],
    room: { timeline: { limit: 5, types: ['m.*'] } },
    unknown: { x: 1 },
  };
  const { body } = await alice.ok('POST', `${USER}/filter`, filter);
  assert.doesNotMatch(String(body['filter_id']), /^\{/);
  assert.deepEqual((await alice.ok('GET', `${USER}/filter/${String(body['filter_id'])}`)).body, filter);
  refused(await alice.call('GET', `${USER}/filter/none`), 404, 'M_NOT_FOUND');
});

test('a filter of a wrong shape is refused, defined or inline', async () => {
  const alice = await registered();
  for (const bad of [
    { event_format: 'x' },
    { event_fields: 'x' },
    { room: [] },
    { room: { timeline: { limit: -1 } } },
    { room: { timeline: { limit: '1' } } },
    { room: { rooms: ['x'] } },
    { account_data: { types: [1] } },
    { room: { state: { senders: ['alice'] } } },
    { presence: { not_senders: 1 } },
    { room: { include_leave: 1 } },
  ]) {
    refused(await alice.call('POST', `${USER}/filter`, bad), 400, 'M_BAD_JSON');
    refused(await alice.call('GET', `${V3}/sync?filter=${encodeURIComponent(JSON.stringify(bad))}`), 400, 'M_BAD_JSON');
  }
  refused(await alice.call('GET', `${V3}/sync?filter=%7B`), 400, 'M_INVALID_PARAM');
  refused(await alice.call('GET', `${V3}/sync?filter=none`), 400, 'M_INVALID_PARAM');
});
