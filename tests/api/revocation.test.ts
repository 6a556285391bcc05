// A session ends when it is ended, also for requests that are on their way.
// https://spec.matrix.org/v1.19/client-server-api/#client-authentication
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';

/** A request whose body ends only when `finish` is called. */
function slowly(hearth: Hearth, by: Client, method: string, path: string, body: object) {
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  const answer = hearth.front({
    method,
    target: path,
    address: '127.0.0.1',
    gone: undefined,
    header: (name) => (name === 'authorization' ? `Bearer ${by.token}` : undefined),
    body: () => promise,
  });
  return {
    finish: async (): Promise<Pick<Answer, 'status' | 'body'>> => {
      resolve(new TextEncoder().encode(JSON.stringify(body)));
      const { status, body: text } = await answer;
      return { status, body: JSON.parse(String(text)) as Answer['body'] };
    },
  };
}

const message = { msgtype: 'm.text', body: 'too late' };

test('a body that ends after its session does nothing', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const room = await alice.createRoom();
  const thief = await alice.login('THIEF');
  const sent = slowly(hearth, thief, 'PUT', `${roomPath(room)}/send/m.room.message/1`, message);
  const data = slowly(hearth, thief, 'PUT', `${V3}/user/${alice.userId}/account_data/x`, message);
  await hearth.sleep(20_000);
  await thief.ok('POST', `${V3}/logout`);
  for (const request of [sent, data]) {
    const { status, body } = await request.finish();
    assert.deepEqual([status, body.errcode], [401, 'M_UNKNOWN_TOKEN']);
  }
  assert.doesNotMatch(JSON.stringify((await alice.sync()).rooms), /too late/);
  assert.equal((await alice.call('GET', `${V3}/user/${alice.userId}/account_data/x`)).status, 404);
});

test('a body that ends after its account was locked or suspended does nothing', async () => {
  const hearth = new Hearth({ registrationSharedSecret: 'secret' });
  const alice = await Client.register(hearth, 'alice');
  const room = await alice.createRoom();
  const root = await administrator(hearth);
  for (const [name, flag, code] of [
    ['suspend', 'suspended', 'M_USER_SUSPENDED'],
    ['lock', 'locked', 'M_USER_LOCKED'],
  ]) {
    const sent = slowly(hearth, alice, 'PUT', `${roomPath(room)}/send/m.room.message/${name}`, message);
    await hearth.sleep(20_000);
    await root.ok('PUT', `/_matrix/client/v1/admin/${name}/@alice:hs1`, { [flag!]: true });
    assert.equal((await sent.finish()).body.errcode, code);
    await root.ok('PUT', `/_matrix/client/v1/admin/${name}/@alice:hs1`, { [flag!]: false });
  }
});

test('who looks into a room is told nothing more once the session has ended', async () => {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const room = await alice.createRoom({
    initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: 'world_readable' } }],
  });
  const looking = bob.call('GET', `${V3}/events?room_id=${encodeURIComponent(room)}&timeout=30000`);
  await hearth.sleep(3000);
  await bob.ok('POST', `${V3}/logout`);
  await alice.send(room, 'after that');
  await hearth.sleep(3000);
  assert.equal((await looking).body.errcode, 'M_UNKNOWN_TOKEN');
});

async function administrator(hearth: Hearth): Promise<Client> {
  const path = '/_synapse/admin/v1/register';
  const root = new Client(hearth);
  const nonce = String((await root.ok('GET', path)).body['nonce']);
  const mac = createHmac('sha1', 'secret').update([nonce, 'root', 'pw', 'admin'].join('\0')).digest('hex');
  const { body } = await root.ok('POST', path, { nonce, username: 'root', password: 'pw', mac, admin: true });
  root.token = String(body['access_token']);
  return root;
}
