// A client's session, how it goes on and how it ends, as matrix-js-sdk sees it.
// https://spec.matrix.org/v1.19/client-server-api/#client-authentication
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuthDict, createClient, HttpApiEvent, type MatrixError } from 'matrix-js-sdk';
import type { Person } from '../person.ts';
import { onEveryRuntime } from './stage.ts';

/** What the client says when its session has ended. */
const ended = (person: Person): Promise<MatrixError> =>
  new Promise((resolve) => {
    person.sdk.once(HttpApiEvent.SessionLoggedOut, resolve);
  });

onEveryRuntime((stage) => {
  test('a device that is deleted from another one learns that it is signed out', async () => {
    const alice = await stage().enter('alice');
    const phone = await stage().again(alice);
    const told = ended(phone);
    const { deviceId, userId, password } = phone.account;
    const refusal = (await alice.sdk.deleteDevice(deviceId).catch((error: unknown) => error)) as MatrixError;
    assert.equal(refusal.httpStatus, 401);
    const session = (refusal.data as { session: string }).session;
    const identifier = { type: 'm.id.user', user: userId };
    await alice.sdk.deleteDevice(deviceId, { type: 'm.login.password', identifier, password, session } as AuthDict);
    const { errcode, data } = await told;
    assert.equal(errcode, 'M_UNKNOWN_TOKEN');
    assert.notEqual(data['soft_logout'], true);
    const { devices } = await alice.sdk.getDevices();
    assert.deepEqual(
      devices.map((device) => device.device_id),
      [alice.account.deviceId],
    );
  });

  test('signing out of one client leaves the other, and out of all leaves none', async () => {
    const alice = await stage().enter('alice');
    const phone = await stage().again(alice);
    const tablet = await stage().again(alice);
    await phone.sdk.logout(true);
    assert.equal((await tablet.sdk.whoami()).device_id, tablet.account.deviceId);
    const told = [ended(alice), ended(tablet)];
    await tablet.account.ok('POST', '/_matrix/client/v3/logout/all', {});
    for (const { errcode } of await Promise.all(told)) assert.equal(errcode, 'M_UNKNOWN_TOKEN');
  });

  test('a session goes on by its refresh token, which is worth nothing once the next pair is in use', async () => {
    const alice = await stage().enter('alice');
    const { userId, password } = alice.account;
    const sdk = createClient({ baseUrl: alice.sdk.baseUrl });
    const first = await sdk.loginRequest({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: userId },
      password,
      refresh_token: true,
    });
    assert.ok(first.refresh_token && first.expires_in_ms! > 0);
    sdk.setAccessToken(first.access_token);
    assert.equal((await sdk.whoami()).device_id, first.device_id);
    const second = await sdk.refreshToken(first.refresh_token);
    assert.notEqual(second.access_token, first.access_token);
    sdk.setAccessToken(second.access_token);
    assert.equal((await sdk.whoami()).device_id, first.device_id);
    const old = createClient({ baseUrl: alice.sdk.baseUrl, accessToken: first.access_token });
    await assert.rejects(old.refreshToken(first.refresh_token), { errcode: 'M_UNKNOWN_TOKEN' });
    assert.ok((await sdk.refreshToken(second.refresh_token!)).access_token);
  });
});
