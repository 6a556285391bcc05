// A bot made with matrix-nio, a client that shares no code with the others. Skipped where it cannot be installed, but not when
// it was asked for by `npm run interop:nio`.
import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { Client, roomPath, type SyncEvent } from '../client.ts';
import { eventually } from '../eventually.ts';
import { RUNTIMES, Server } from '../server.ts';
import { Bot } from './bot.ts';
import { pythonWithNio } from './python.ts';

const V3 = '/_matrix/client/v3';

async function pythonOrSkip(t: TestContext): Promise<string | undefined> {
  try {
    return await pythonWithNio();
  } catch (error) {
    if (process.env['npm_lifecycle_event'] === 'interop:nio') throw error;
    const { message } = error as Error;
    console.error(`skipped: ${message}`);
    t.skip(message);
    return undefined;
  }
}

/** What Alice's bare client has seen of the room. */
class Watcher {
  readonly #alice: Client;
  readonly #roomId: string;
  #since: string | undefined;
  readonly events: SyncEvent[] = [];

  constructor(alice: Client, roomId: string) {
    this.#alice = alice;
    this.#roomId = roomId;
  }

  sees(what: string, such: (event: SyncEvent) => boolean): Promise<SyncEvent> {
    return eventually(what, async () => {
      const known = this.events.find(such);
      if (known) return known;
      const answer = await this.#alice.sync({ timeout: '1000', ...(this.#since ? { since: this.#since } : {}) });
      this.#since = answer.next_batch;
      const room = answer.rooms?.join?.[this.#roomId];
      this.events.push(...(room?.ephemeral?.events ?? []), ...(room?.timeline?.events ?? []));
      return undefined;
    });
  }
}

for (const runtime of RUNTIMES) {
  describe(runtime, () => {
    let server: Server;
    before(async () => {
      server = await Server.start(runtime);
    });
    after(() => server.stop());

    test('a bot signs in, joins when invited, answers, reads back, redacts and leaves', async (t) => {
      const python = await pythonOrSkip(t);
      if (python === undefined) return;
      const alice = await Client.register(server, 'alice');
      const account = await Client.register(server, 'bot');
      const bot = new Bot(python, account);
      t.after(() => bot.kill());
      assert.equal((await bot.tells('ready'))['user'], account.userId);

      const roomId = await alice.createRoom({ preset: 'private_chat', name: 'With a bot' });
      const path = roomPath(roomId);
      const said = Array.from({ length: 20 }, (_, n) => `before ${n}`);
      for (const body of said) await alice.send(roomId, body);
      const watcher = new Watcher(alice, roomId);
      await watcher.sees('the latest', (event) => event.content['body'] === said.at(-1));
      await alice.invite(roomId, account.userId);
      const invited = await bot.tells('invited');
      assert.deepEqual([invited['room'], invited['by']], [roomId, alice.userId]);
      assert.equal((await bot.tells('joined'))['response'], 'JoinResponse');

      const hello = await alice.send(roomId, 'hello');
      const heard = await bot.tells('heard', ({ body }) => body === 'hello');
      assert.deepEqual([heard['by'], heard['members'], heard['name']], [alice.userId, 2, 'alice']);
      const answer = await watcher.sees('the answer', (event) => event.content['body'] === 'you said: hello');
      assert.equal(answer.sender, account.userId);
      await watcher.sees('its receipt', ({ type, content }) => type === 'm.receipt' && hello in content);
      await alice.send(roomId, '!type');
      assert.equal((await bot.tells('typed'))['response'], 'RoomTypingResponse');
      await watcher.sees(
        'it typing',
        ({ type, content }) => type === 'm.typing' && (content['user_ids'] as string[]).includes(account.userId),
      );

      await alice.ok('PUT', `${path}/typing/${alice.userId}`, { typing: true, timeout: 20_000 });
      await bot.tells('typing', ({ users }) => (users as string[]).includes(alice.userId));
      await alice.ok('POST', `${path}/receipt/m.read/${answer.event_id}`, {});
      await bot.tells('receipts', ({ by }) => (by as string[]).includes(alice.userId));

      await alice.send(roomId, '!history');
      const { bodies, first } = await bot.tells('history');
      assert.deepEqual((bodies as string[]).toReversed(), [...said, 'hello', '!type', '!history']);
      assert.equal(first, 'RoomCreateEvent');

      await alice.send(roomId, '!redact');
      assert.equal((await bot.tells('redacted'))['response'], 'RoomRedactResponse');
      assert.equal((await bot.tells('redaction'))['event'], answer.event_id);
      const { body: redacted } = await alice.ok('GET', `${path}/event/${answer.event_id}`);
      assert.deepEqual(redacted['content'], {});

      await alice.send(roomId, '!leave');
      assert.deepEqual((await bot.tells('left'))['responses'], ['RoomLeaveResponse', 'RoomForgetResponse']);
      await eventually('it is gone', async () => {
        const { body } = await alice.ok('GET', `${path}/joined_members`);
        return !(account.userId in (body['joined'] as object));
      });
      const [code, complaints] = await bot.end();
      assert.deepEqual([code, complaints], [0, '']);
      assert.equal(bot.told.at(-1)?.['response'], 'LogoutResponse');
      const { body } = await account.ok('GET', `${V3}/devices`);
      assert.equal((body['devices'] as unknown[]).length, 1);
    });
  });
}
