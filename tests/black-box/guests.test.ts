// A guest's life over HTTP: comes, joins, is put out, becomes a user, also by the page for who knows no stage.
// https://spec.matrix.org/v1.19/client-server-api/#guest-access
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, roomPath } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

const V3 = '/_matrix/client/v3';

for (const runtime of RUNTIMES) {
  test(`${runtime}: a guest joins where guests may, leaves when they may not, and becomes a user`, async (t) => {
    const server = await Server.start(runtime, { HEARTH_GUESTS: 'on' });
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const room = await alice.createRoom({ preset: 'public_chat' });
    const guest = new Client(server);
    const { body: made } = await guest.ok('POST', `${V3}/register?kind=guest`, { username: 'alice' });
    guest.token = String(made['access_token']);
    guest.userId = String(made['user_id']);
    assert.equal((await guest.call('GET', `${V3}/capabilities`)).body.errcode, 'M_GUEST_ACCESS_FORBIDDEN');
    assert.equal((await guest.call('POST', `${roomPath(room)}/join`, {})).body.errcode, 'M_GUEST_ACCESS_FORBIDDEN');
    const admit = (guestAccess: string) =>
      alice.ok('PUT', `${roomPath(room)}/state/m.room.guest_access/`, { guest_access: guestAccess });
    const membership = async () =>
      (await alice.ok('GET', `${roomPath(room)}/state/m.room.member/${guest.userId}`)).body['membership'];
    await admit('can_join');
    await guest.join(room);
    await guest.send(room, 'hello');
    // What the room knows of its guests is on the disk.
    await server.kill();
    await server.launch();
    await admit('forbidden');
    assert.equal(await membership(), 'leave');
    await admit('can_join');
    await guest.join(room);
    const asked = {
      username: guest.userId.slice(1, guest.userId.indexOf(':')),
      password: 'now known',
      guest_access_token: guest.token,
    };
    const nobody = new Client(server);
    const { session } = (await nobody.call('POST', `${V3}/register`, asked)).body;
    const page = await nobody.ok('POST', `${V3}/auth/m.login.dummy/fallback/web?session=${String(session)}`, '');
    assert.match(page.header('content-type') ?? '', /^text\/html/);
    assert.match(page.header('content-security-policy') ?? '', /^default-src 'none'/);
    assert.ok(String(page.body['page']).includes('onAuthDone'));
    await nobody.ok('POST', `${V3}/register`, { ...asked, auth: { session } });
    assert.equal((await guest.ok('GET', `${V3}/account/whoami`)).body['is_guest'], false);
    await guest.ok('GET', `/_matrix/client/v1/room_summary/${encodeURIComponent(room)}`);
    await admit('forbidden');
    assert.equal(await membership(), 'join');
  });
}
