// matrix-js-sdk keeps a dehydrated device, which takes the keys of what is said while its user is signed in nowhere.
// https://github.com/matrix-org/matrix-spec-proposals/pull/3814
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from './client.ts';
import { Person } from './person.ts';
import { RUNTIMES, Server } from './server.ts';

const PATH = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device';
const ENCRYPTION = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };

async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const until = performance.now() + 60_000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > until) throw new Error(`did not happen within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

for (const runtime of RUNTIMES) {
  test(
    `${runtime}: a user who was signed in nowhere reads what was said meanwhile`,
    { timeout: 180_000 },
    async (t) => {
      const server = await Server.start(runtime);
      t.after(() => server.stop());
      const aliceAccount = await Client.register(server, 'alice');
      const bobAccount = await Client.register(server, 'bob');
      const [alice, bob] = [await Person.arrive(aliceAccount), await Person.arrive(bobAccount)];
      t.after(() => {
        alice.leave();
        bob.leave();
      });
      await alice.setUpSecurity();
      const crypto = alice.sdk.getCrypto()!;
      assert.ok(await crypto.isDehydrationSupported());
      await crypto.startDehydration();
      const { body: kept } = await aliceAccount.ok('GET', PATH);
      const { room_id: room } = await bob.sdk.createRoom({
        preset: 'private_chat' as never,
        invite: [aliceAccount.userId],
        initial_state: [ENCRYPTION],
      });
      await eventually('the invitation', () => alice.sdk.getRoom(room)?.getMyMembership() === 'invite');
      await alice.sdk.joinRoom(room);
      await eventually(
        'bob sees her join',
        () => bob.sdk.getRoom(room)?.getMember(aliceAccount.userId)?.membership === 'join',
      );
      await eventually('the room is encrypted', () => bob.sdk.getRoom(room)?.hasEncryptionStateEvent());
      // She is signed in nowhere.
      const { recoveryKey } = alice;
      alice.leave();
      await aliceAccount.ok('POST', '/_matrix/client/v3/logout', {});
      for (const text of ['one', 'two', 'three']) await bob.sdk.sendTextMessage(room, text);
      await server.kill();
      await server.launch();
      const laterAccount = await aliceAccount.login('LATER');
      const later = await Person.arrive(laterAccount, recoveryKey);
      t.after(() => later.leave());
      // The device learns whose it is before it takes the identity out of the secret storage.
      await later.sdk.getCrypto()!.userHasCrossSigningKeys(aliceAccount.userId, true);
      await later.sdk.getCrypto()!.bootstrapCrossSigning({});
      await later.sdk.getCrypto()!.startDehydration({ rehydrate: true });
      assert.deepEqual(await later.readEverything(room), ['one', 'two', 'three']);
      // Its client has put another in its place, and can take it away.
      const { body: next } = await laterAccount.ok('GET', PATH);
      assert.notEqual(next['device_id'], kept['device_id']);
      await later.sdk.getCrypto()!.resetEncryption(async (request) => {
        await request({ ...passwordOf(aliceAccount) });
      });
      assert.equal((await laterAccount.call('GET', PATH)).status, 404);
    },
  );
}

const passwordOf = (client: Client) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: client.userId },
  password: client.password,
});
