// On Durable Objects, too, the n-th statement of an operation fails, for every n, in each object that takes part: the client
// gets an error or an answer, nothing is half done, and its repetition works. The simulator fails commits besides.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Client, roomPath } from '../black-box/client.ts';
import { Server } from '../black-box/server.ts';

const MOST_STATEMENTS = 200;
const REPETITIONS = 5;

interface World {
  readonly server: Server;
  readonly alice: Client;
  readonly bob: Client;
  readonly roomId: string;
}

interface Operation {
  readonly name: string;
  ask(world: World, n: string): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Exactly one effect for each request that was acknowledged. */
  judge(world: World, acknowledged: readonly string[]): Promise<void>;
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'send',
    ask: ({ alice, roomId }, n) =>
      alice.call('PUT', `${roomPath(roomId)}/send/m.room.message/${n}`, { msgtype: 'm.text', body: n }),
    async judge({ alice, bob, roomId }, acknowledged) {
      const { body } = await alice.ok('GET', `${roomPath(roomId)}/messages?dir=f&limit=1000`);
      const chunk = body['chunk'] as { type: string; content: { body?: string } }[];
      const bodies = chunk.filter(({ type }) => type === 'm.room.message').map(({ content }) => content.body);
      assert.deepEqual(bodies, acknowledged);
      const filter = JSON.stringify({ room: { timeline: { types: ['m.room.message'], limit: 100 } } });
      const shown = (await bob.sync({ filter })).rooms?.join?.[roomId]?.timeline?.events ?? [];
      assert.deepEqual(
        shown.map(({ content }) => content['body']),
        acknowledged.slice(-100),
      );
    },
  },
  {
    name: 'sendToDevice',
    ask: ({ alice, bob }, n) =>
      alice.call('PUT', `/_matrix/client/v3/sendToDevice/test.failure/${n}`, {
        messages: { [bob.userId]: { '*': { n } } },
      }),
    async judge({ bob }, acknowledged) {
      const got: unknown[] = [];
      for (let since: string | undefined; ;) {
        const sync = await bob.sync(since === undefined ? {} : { since });
        const events = sync.to_device?.events ?? [];
        got.push(...events.map(({ content }) => content['n']));
        since = sync.next_batch;
        if (events.length === 0) break;
      }
      assert.deepEqual(got, acknowledged);
    },
  },
];

for (const operation of OPERATIONS) {
  test(
    `${operation.name} while its n-th statement fails, for every n, in each object`,
    { timeout: 120_000 },
    async () => {
      const server = await Server.start('workers');
      after(() => server.stop());
      const [alice, bob] = [await Client.register(server, 'alice'), await Client.register(server, 'bob')];
      const roomId = await alice.createRoom({ preset: 'public_chat' });
      await bob.join(roomId);
      const world = { server, alice, bob, roomId };
      const acknowledged: string[] = [];
      let failures = 0;
      for (const [object, name] of [
        ['room', roomId],
        ['users', '1'],
      ] as const) {
        const failAfter = async (statements: number): Promise<boolean> => {
          const query = new URLSearchParams({ object, name, statements: String(statements) });
          const { text } = await server.request('POST', `/_hearth/test/fail?${query}`, new Map(), undefined);
          return (JSON.parse(text) as { failed: boolean }).failed;
        };
        let failed = true;
        for (let n = 1; failed; n++) {
          assert.ok(n < MOST_STATEMENTS);
          const transaction = `${object}${n}`;
          await failAfter(n);
          let answer = await operation.ask(world, transaction);
          failed = await failAfter(0);
          if (failed) failures++;
          for (let times = 0; answer.status !== 200 && times < REPETITIONS; times++) {
            assert.ok(answer.status >= 500, JSON.stringify(answer));
            answer = await operation.ask(world, transaction);
          }
          assert.equal(answer.status, 200, `statement ${n} of ${object}: ${JSON.stringify(answer)}`);
          acknowledged.push(transaction);
        }
      }
      assert.ok(failures > 2, `${failures} statements failed`);
      await operation.judge(world, acknowledged);
    },
  );
}
