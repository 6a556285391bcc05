// Reports of what is inappropriate. https://spec.matrix.org/v1.19/client-server-api/#reporting-content
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const SECRET = 'secret';
const REPORTS = '/_hearth/admin/v1/reports';
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected, JSON.stringify(body));
};
const reportUser = (userId: string): string => `/_matrix/client/v3/users/${encodeURIComponent(userId)}/report`;

async function administrator(hearth: Hearth): Promise<Client> {
  const client = new Client(hearth);
  const path = '/_synapse/admin/v1/register';
  const nonce = String((await client.ok('GET', path)).body['nonce']);
  const mac = createHmac('sha1', SECRET).update(`${nonce}\0root\0a long password\0admin`).digest('hex');
  const account = { nonce, username: 'root', password: 'a long password', admin: true, mac };
  client.token = String((await client.ok('POST', path, account)).body['access_token']);
  return client;
}

async function world() {
  const hearth = new Hearth({ registrationSharedSecret: SECRET });
  const root = await administrator(hearth);
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  const roomId = await alice.createRoom();
  const eventId = await alice.send(roomId, 'bad');
  return { hearth, root, alice, bob, roomId, eventId, path: `${roomPath(roomId)}/report` };
}

test('reports of events, rooms and users are kept for administrators, newest first and page by page', async () => {
  const { hearth, root, alice, bob, roomId, eventId, path } = await world();
  await alice.ok('POST', `${path}/${encodeURIComponent(eventId)}`, {});
  await bob.ok('POST', path, { reason: '' });
  await bob.ok('POST', reportUser(alice.userId), { reason: 'spam' });
  const all = (await root.ok('GET', REPORTS)).body['reports'] as Record<string, unknown>[];
  assert.deepEqual(
    all.map(({ reporter, kind, room_id, event_id, user_id, reason }) =>
      JSON.parse(JSON.stringify({ reporter, kind, room_id, event_id, user_id, reason })),
    ),
    [
      { reporter: bob.userId, kind: 'user', user_id: alice.userId, reason: 'spam' },
      { reporter: bob.userId, kind: 'room', room_id: roomId, reason: '' },
      { reporter: alice.userId, kind: 'event', room_id: roomId, event_id: eventId, user_id: alice.userId, reason: '' },
    ],
  );
  const first = (await root.ok('GET', `${REPORTS}?limit=2`)).body;
  const rest = (await root.ok('GET', `${REPORTS}?limit=2&from=${String(first['next'])}`)).body;
  assert.deepEqual([...(first['reports'] as object[]), ...(rest['reports'] as object[])], all);
  assert.equal(rest['next'], undefined);
  refused(await alice.call('GET', REPORTS), 403, 'M_FORBIDDEN');
  refused(await root.call('GET', `${REPORTS}?from=x`), 400, 'M_INVALID_PARAM');
  assert.deepEqual(hearth.errors, []);
});

test('an event is reported by who is joined and sees it; all others are told that there is none', async () => {
  const { alice, bob, eventId, path } = await world();
  const known = `${path}/${encodeURIComponent(eventId)}`;
  const [outside, missing] = [await bob.call('POST', known, {}), await alice.call('POST', `${path}/$none`, {})];
  refused(outside, 404, 'M_NOT_FOUND');
  assert.deepEqual(outside.body, missing.body);
  const nowhere = `${roomPath('!nowhere:hs1')}/report/${encodeURIComponent(eventId)}`;
  assert.deepEqual((await bob.call('POST', nowhere, {})).body, missing.body);
});

test('whether a room or a user exists is not told by reporting them', async () => {
  const { alice, path } = await world();
  for (const one of [path, `${roomPath('!nowhere:hs1')}/report`, reportUser('@bob:hs1'), reportUser('@nobody:hs1')])
    assert.deepEqual((await alice.ok('POST', one, { reason: 'x' })).body, {});
});

test('a report is said once, has a reason, and that a bound', async () => {
  const { root, alice, path } = await world();
  for (const _ of [1, 2]) await alice.ok('POST', path, { reason: 'again' });
  assert.equal(((await root.ok('GET', REPORTS)).body['reports'] as object[]).length, 1);
  refused(await alice.call('POST', path, {}), 400, 'M_MISSING_PARAM');
  refused(await alice.call('POST', path, { reason: 1 }), 400, 'M_BAD_JSON');
  refused(await alice.call('POST', path, { reason: 'x'.repeat(4001) }), 400, 'M_INVALID_PARAM');
  refused(await alice.call('POST', reportUser('nobody'), { reason: '' }), 400, 'M_INVALID_PARAM');
});

test("one reporter's reports are bounded and crowd out only their own", async () => {
  const { root, alice, bob, path } = await world();
  await bob.ok('POST', path, { reason: 'the first' });
  for (let n = 0; n < 510; n++) await alice.ok('POST', path, { reason: String(n) });
  const reports = (await root.ok('GET', `${REPORTS}?limit=500`)).body;
  const rest = (await root.ok('GET', `${REPORTS}?limit=500&from=${String(reports['next'])}`)).body;
  const all = [...(reports['reports'] as { reason: string }[]), ...(rest['reports'] as { reason: string }[])];
  assert.equal(all.length, 501);
  assert.equal(all.at(-1)?.reason, 'the first');
});
