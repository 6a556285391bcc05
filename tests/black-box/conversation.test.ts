// Two people with real clients hold an encrypted conversation, and the server crashes in the middle of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from './client.ts';
import { eventually } from './eventually.ts';
import { Person } from './person.ts';
import { RUNTIMES, Server } from './server.ts';

const ENCRYPTION = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };

for (const runtime of RUNTIMES) {
  test(`${runtime}: an encrypted conversation survives a crash, and a later device reads all of it`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const aliceAccount = await Client.register(server, 'alice');
    const bobAccount = await Client.register(server, 'bob');
    const alice = await Person.arrive(aliceAccount);
    const bob = await Person.arrive(bobAccount);
    t.after(() => {
      alice.leave();
      bob.leave();
    });
    await alice.setUpSecurity();

    const { room_id: roomId } = await alice.sdk.createRoom({
      preset: 'private_chat' as never,
      invite: [bobAccount.userId],
      initial_state: [ENCRYPTION],
    });
    await eventually('bob sees the invitation', () => bob.sdk.getRoom(roomId)?.getMyMembership() === 'invite');
    await bob.sdk.joinRoom(roomId);
    await eventually(
      'alice sees bob join',
      () => alice.sdk.getRoom(roomId)?.getMember(bobAccount.userId)?.membership === 'join',
    );
    await eventually('bob knows that the room is encrypted', () => bob.sdk.getRoom(roomId)?.hasEncryptionStateEvent());

    const said: string[] = [];
    const say = async (person: Person, text: string): Promise<void> => {
      said.push(text);
      await person.sdk.sendTextMessage(roomId, text);
      const hearer = person === alice ? bob : alice;
      await eventually(`the other reads "${text}"`, () => hearer.readable(roomId).includes(text));
    };
    for (let n = 0; n < 25; n++) await say(n % 2 ? bob : alice, `message ${n}`);
    await server.kill();
    await server.launch();
    for (let n = 25; n < 50; n++) await say(n % 2 ? bob : alice, `message ${n}`);
    assert.deepEqual(alice.readable(roomId), said);
    assert.deepEqual(bob.readable(roomId), said);

    await eventually('the keys are in the backup', () => alice.recoveryKey);
    const later = await Person.arrive(await aliceAccount.login('LATER'), alice.recoveryKey);
    t.after(() => later.leave());
    await eventually('the later device knows the first one', () => later.knows(aliceAccount.deviceId));
    await eventually('the first device knows the later one', () => alice.knows('LATER'));
    const accepted = alice.acceptVerification();
    await later.verifyOwnDevice();
    await accepted;
    await eventually('the first device trusts the later one', () => alice.trusts('LATER'));
    await waitForBackup(aliceAccount);
    assert.ok((await later.restoreBackup()) > 0, 'the backup holds session keys');
    assert.deepEqual(await later.readEverything(roomId), said);
  });
}

/** The first device uploads its session keys in the background, after a pause of up to ten seconds. */
async function waitForBackup(client: Client): Promise<void> {
  let counted = 0;
  const until = performance.now() + 30_000;
  while (counted < 2 && performance.now() < until) {
    counted = Number((await client.ok('GET', '/_matrix/client/v3/room_keys/version')).body['count']);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(counted >= 2, "both senders' sessions are in the backup");
}
