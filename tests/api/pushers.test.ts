// Where users want to be notified. https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3pushersset
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, type Answer } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const GATEWAY = 'https://push.example.org/_matrix/push/v1/notify';
const PUSHER = {
  kind: 'http',
  app_id: 'org.example.app',
  pushkey: 'key',
  app_display_name: 'App',
  device_display_name: 'Phone',
  lang: 'en',
  data: { url: GATEWAY },
};

async function world() {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  // The third user of a server lives in another group.
  const charlie = await Client.register(hearth, 'charlie');
  return { hearth, alice, bob, charlie };
}

const set = (client: Client, change: object = {}): Promise<Answer> =>
  client.call('POST', `${V3}/pushers/set`, { ...PUSHER, ...change });

async function has(client: Client, change: object = {}): Promise<void> {
  const { status, body } = await set(client, change);
  assert.deepEqual([status, body], [200, {}]);
}

async function refused(client: Client, change: object, status: number, errcode: string): Promise<void> {
  const answer = await set(client, change);
  assert.deepEqual([answer.status, answer.body.errcode], [status, errcode], JSON.stringify([change, answer.body]));
}

async function pushers(client: Client): Promise<readonly Record<string, unknown>[]> {
  return (await client.ok('GET', `${V3}/pushers`)).body['pushers'] as Record<string, unknown>[];
}

async function keys(client: Client): Promise<readonly unknown[]> {
  return (await pushers(client)).map(({ pushkey }) => pushkey);
}

test('a pusher is shown as it was set, with everything that its gateway is to be told', async () => {
  const { alice } = await world();
  assert.deepEqual(await pushers(alice), []);
  const data = { url: GATEWAY, format: 'event_id_only', default_payload: { aps: { sound: 'x' } } };
  await has(alice, { profile_tag: 'tag', data, append: true });
  const { append: _, ...shown } = { ...PUSHER, profile_tag: 'tag', data, append: true };
  assert.deepEqual(await pushers(alice), [shown]);
});

test('the same app and key is the same pusher, and null deletes it, once and again', async () => {
  const { alice } = await world();
  await has(alice, { lang: 'en', profile_tag: 'tag' });
  await has(alice, { lang: 'de' });
  await has(alice, { pushkey: 'other' });
  await has(alice, { app_id: 'org.example.other' });
  const shown = await pushers(alice);
  assert.deepEqual(
    shown.map((one) => [one['app_id'], one['pushkey'], one['lang'], one['profile_tag']]),
    [
      ['org.example.app', 'key', 'de', undefined],
      ['org.example.app', 'other', 'en', undefined],
      ['org.example.other', 'key', 'en', undefined],
    ],
  );
  for (let times = 0; times < 2; times++) {
    const gone = { kind: null, app_id: 'org.example.app', pushkey: 'key' };
    assert.equal((await alice.call('POST', `${V3}/pushers/set`, gone)).status, 200);
    assert.equal((await pushers(alice)).length, 2);
  }
});

test('who sets a pusher takes it from everybody else, in every group, unless they add to it', async () => {
  const { hearth, alice, bob, charlie } = await world();
  for (const one of [alice, bob, charlie]) await has(one, { append: true });
  for (const one of [alice, bob, charlie]) assert.deepEqual(await keys(one), ['key']);
  await has(alice, { pushkey: 'mine' });
  await hearth.sleep(1);
  await has(bob, { append: false });
  assert.deepEqual(await keys(alice), ['mine']);
  assert.deepEqual(await keys(bob), ['key']);
  assert.deepEqual(await keys(charlie), []);
  await hearth.sleep(1);
  await has(charlie);
  assert.deepEqual(await keys(bob), []);
  assert.deepEqual(await keys(charlie), ['key']);
  // What others have is not one's own to delete.
  await has(bob, { kind: null });
  assert.deepEqual(await keys(charlie), ['key']);
});

test('of two who take the same pusher in two groups at once exactly one has it', async () => {
  const { alice, charlie } = await world();
  await Promise.all([has(alice), has(charlie)]);
  assert.equal([...(await keys(alice)), ...(await keys(charlie))].length, 1);
});

test('what is late does not end a pusher that was set after it', async () => {
  const { hearth, alice, charlie } = await world();
  await has(alice);
  await has(charlie);
  const claim = { appId: PUSHER.app_id, pushkey: 'key', userId: alice.userId, setAt: 1_600_000_000_000 };
  await hearth.actors.users(2).pushers.endPushersOfOthers(claim);
  assert.deepEqual(await keys(charlie), ['key']);
  await hearth.actors.users(2).pushers.endPushersOfOthers({ ...claim, setAt: 1_800_000_000_000 });
  assert.deepEqual(await keys(charlie), []);
});

test('what is no pusher is refused and changes nothing', async () => {
  const { alice } = await world();
  await has(alice);
  const before = await pushers(alice);
  for (const kind of ['email', 'sms', '', 'HTTP']) await refused(alice, { kind }, 400, 'M_INVALID_PARAM');
  await refused(alice, { kind: 1 }, 400, 'M_BAD_JSON');
  for (const missing of ['kind', 'app_id', 'pushkey', 'app_display_name', 'device_display_name', 'lang', 'data'])
    await refused(alice, { [missing]: undefined }, 400, 'M_MISSING_PARAM');
  for (const text of ['app_id', 'pushkey', 'app_display_name', 'device_display_name', 'lang', 'data', 'profile_tag'])
    await refused(alice, { [text]: 1 }, 400, 'M_BAD_JSON');
  await refused(alice, { append: 'true' }, 400, 'M_BAD_JSON');
  await refused(alice, { app_id: '' }, 400, 'M_INVALID_PARAM');
  await refused(alice, { app_id: 'x'.repeat(65) }, 400, 'M_INVALID_PARAM');
  await refused(alice, { pushkey: '' }, 400, 'M_INVALID_PARAM');
  // 512 bytes, not characters.
  await refused(alice, { pushkey: 'ä'.repeat(257) }, 400, 'M_INVALID_PARAM');
  await refused(alice, { kind: null, pushkey: 'x'.repeat(513) }, 400, 'M_INVALID_PARAM');
  await refused(alice, { lang: 'x'.repeat(9000) }, 413, 'M_TOO_LARGE');
  await refused(alice, { data: { url: GATEWAY, more: 'ä'.repeat(4096) } }, 413, 'M_TOO_LARGE');
  assert.deepEqual(await pushers(alice), before);
  await has(alice, { app_id: 'x'.repeat(64), pushkey: 'ä'.repeat(256) });
  assert.equal((await pushers(alice)).length, 2);
});

test('the gateway is an HTTPS URL with the path of the specification', async () => {
  const { alice } = await world();
  const bad = [
    'http://push.example.org/_matrix/push/v1/notify',
    'https://push.example.org/_matrix/push/v1/notify/',
    'https://push.example.org/x/_matrix/push/v1/notify',
    'https://push.example.org/_matrix/push/v1/notify/../other',
    'https://push.example.org/?/_matrix/push/v1/notify',
    'https://push.example.org/#/_matrix/push/v1/notify',
    'https://name:secret@push.example.org/_matrix/push/v1/notify',
    'https:///',
    'https://',
    'javascript:alert(1)//_matrix/push/v1/notify',
    '/_matrix/push/v1/notify',
    '',
  ];
  for (const url of bad) await refused(alice, { data: { url } }, 400, 'M_INVALID_PARAM');
  await refused(alice, { data: {} }, 400, 'M_MISSING_PARAM');
  await refused(alice, { data: [] }, 400, 'M_BAD_JSON');
  await refused(alice, { data: { url: 1 } }, 400, 'M_BAD_JSON');
  await refused(alice, { data: { url: GATEWAY, format: 'everything' } }, 400, 'M_INVALID_PARAM');
  assert.deepEqual(await pushers(alice), []);
  await has(alice, { data: { url: 'https://push.example.org:8443/_matrix/push/v1/notify?app=1' } });
});

test('a pusher ends with the device that set it last, however that ends', async () => {
  const { alice } = await world();
  const auth = {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: alice.userId },
    password: alice.password,
  };
  const ends: readonly ((device: Client) => Promise<unknown>)[] = [
    (device) => device.ok('POST', `${V3}/logout`),
    () => alice.ok('DELETE', `${V3}/devices/PHONE`, { auth }),
    () => alice.ok('POST', `${V3}/delete_devices`, { devices: ['PHONE'], auth }),
    // Somebody signs in on it anew.
    () => alice.login('PHONE'),
  ];
  await has(alice, { pushkey: 'mine' });
  for (const end of ends) {
    const phone = await alice.login('PHONE');
    await has(phone, { pushkey: 'phone' });
    await has(phone, { pushkey: 'taken over' });
    await has(alice, { pushkey: 'taken over' });
    assert.deepEqual(await keys(alice), ['mine', 'phone', 'taken over']);
    await end(phone);
    assert.deepEqual(await keys(alice), ['mine', 'taken over']);
  }
  await alice.ok('POST', `${V3}/logout/all`);
  assert.deepEqual(await keys(await alice.login()), []);
});

test('a new password ends the pushers of the devices that it signs out, and no others', async () => {
  const { alice, bob } = await world();
  const change = async (password: string, logoutDevices: boolean) => {
    const identifier = { type: 'm.id.user', user: alice.userId };
    await alice.ok('POST', `${V3}/account/password`, {
      new_password: password,
      logout_devices: logoutDevices,
      auth: { type: 'm.login.password', identifier, password: alice.password },
    });
    alice.password = password;
  };
  await has(alice, { pushkey: 'mine' });
  await has(await alice.login(), { pushkey: 'phone' });
  await has(bob, { pushkey: 'bob' });
  await change('another', false);
  assert.deepEqual(await keys(alice), ['mine', 'phone']);
  await change('a third', true);
  assert.deepEqual(await keys(alice), ['mine']);
  assert.deepEqual(await keys(bob), ['bob']);
});

test('a deactivated account has no pushers, and a guest may not have one', async () => {
  const { hearth, alice } = await world();
  await has(alice);
  const identifier = { type: 'm.id.user', user: alice.userId };
  const auth = { type: 'm.login.password', identifier, password: alice.password };
  await alice.ok('POST', `${V3}/account/deactivate`, { auth });
  const rows = await hearth.actors.users(1).pushers.pushers({ userId: alice.userId, deviceId: undefined, group: 1 });
  assert.deepEqual(rows, []);
  const stranger = new Client(hearth);
  assert.equal((await set(stranger)).body.errcode, 'M_MISSING_TOKEN');
  const open = new Hearth({ guests: true });
  const guest = new Client(open);
  guest.token = String((await guest.ok('POST', `${V3}/register?kind=guest`, {})).body['access_token']);
  await refused(guest, {}, 403, 'M_GUEST_ACCESS_FORBIDDEN');
});

test('of more pushers than a user may have the one that was set longest ago ends', async () => {
  const { hearth, alice } = await world();
  for (let n = 0; n < 101; n++) {
    await has(alice, { pushkey: String(n) });
    await hearth.sleep(1);
  }
  const left = await keys(alice);
  assert.equal(left.length, 100);
  assert.ok(!left.includes('0') && left.includes('1') && left.includes('100'));
});
