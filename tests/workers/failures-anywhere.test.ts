// The n-th statement of an operation that many objects take part in fails, whichever object comes to it, for every n: the
// client gets an error or an answer, what it was told is so, and its repetition works.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Answer, type Body, Client, roomPath } from '../black-box/client.ts';
import { Server } from '../black-box/server.ts';

const V3 = '/_matrix/client/v3';
const MOST_STATEMENTS = 1000;
const REPETITIONS = 5;

interface World {
  readonly server: Server;
  readonly alice: Client;
  readonly bob: Client;
}

interface Operation {
  readonly name: string;
  /** What has to be there, made in peace: a room, say. */
  readonly prepare?: (world: World, n: number) => Promise<string>;
  readonly ask: (world: World, n: number, prepared: string) => Promise<Answer>;
  /** `told`: the answer for each n. */
  readonly judge: (world: World, told: readonly Body[]) => Promise<void>;
}

let tries = 0;
const oneTimeKey = (name: string): object => ({
  one_time_keys: { [`signed_curve25519:${name}`]: { key: name.padEnd(43, 'A'), signatures: {} } },
});
const joinedBy = async (client: Client): Promise<readonly string[]> =>
  (await client.ok('GET', `${V3}/joined_rooms`)).body['joined_rooms'] as string[];
const roomOf = (body: Body): string => String(body['room_id']);

/** All that createRoom was asked to make. */
async function isWhole(alice: Client, room: string): Promise<void> {
  const { body } = await alice.ok('GET', `${roomPath(room)}/state`);
  const events = body as unknown as readonly { type: string; content: Body }[];
  const types = events.map(({ type }) => type);
  for (const type of ['create', 'power_levels', 'join_rules', 'history_visibility', 'name', 'canonical_alias'])
    assert.ok(types.includes(`m.room.${type}`), `${room} has no ${type}`);
  assert.deepEqual(events.flatMap(({ content }) => content['membership'] ?? []).toSorted(), ['invite', 'join']);
  const alias = events.find(({ type }) => type === 'm.room.canonical_alias')?.content['alias'];
  const found = await alice.ok('GET', `${V3}/directory/room/${encodeURIComponent(String(alias))}`);
  assert.equal(found.body['room_id'], room);
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'createRoom',
    // The name of a room that may yet be made is kept for it for a while, so each try asks for another.
    ask: ({ alice, bob }, n) =>
      alice.call('POST', `${V3}/createRoom`, {
        name: `${n}`,
        room_alias_name: `${n}-${tries++}`,
        invite: [bob.userId],
      }),
    async judge({ alice }, told) {
      const rooms = told.map(roomOf);
      assert.equal(new Set(rooms).size, rooms.length);
      // What could not be told at once is told with the room's next event, or by its alarm.
      for (const room of rooms) await alice.send(room, 'hello');
      const joined = await joinedBy(alice);
      assert.deepEqual(
        rooms.filter((room) => !joined.includes(room)),
        [],
      );
      // A failed request may have made its room, but then all of it.
      for (const room of joined) await isWhole(alice, room);
    },
  },
  {
    name: 'join',
    prepare: async ({ alice }) => alice.createRoom({ preset: 'public_chat' }),
    ask: ({ bob }, _n, room) => bob.call('POST', `${roomPath(room)}/join`, {}),
    async judge({ alice, bob }, told) {
      const rooms = told.map(roomOf);
      assert.deepEqual((await joinedBy(bob)).toSorted(), rooms.toSorted());
      for (const room of rooms) {
        const { body } = await alice.ok('GET', `${roomPath(room)}/messages?dir=f&limit=100`);
        const own = (body['chunk'] as readonly Body[]).filter((event) => event['state_key'] === bob.userId);
        assert.equal(own.length, 1, 'joined once');
      }
    },
  },
  {
    name: 'register',
    async ask({ server }, n) {
      const account = { username: `u${n}`, password: 'a password of tests' };
      const nobody = new Client(server);
      const answer = await nobody.call('POST', `${V3}/register`, { ...account, auth: { type: 'm.login.dummy' } });
      if (answer.body.errcode !== 'M_USER_IN_USE') return answer;
      // A failed request may have made the account; then its password is the one that was asked for.
      const identifier = { type: 'm.id.user', user: account.username };
      return nobody.call('POST', `${V3}/login`, { type: 'm.login.password', identifier, password: account.password });
    },
    async judge({ server }, told) {
      for (const [index, body] of told.entries()) {
        const client = new Client(server);
        client.token = String(body['access_token']);
        assert.equal((await client.ok('GET', `${V3}/account/whoami`)).body['user_id'], `@u${index + 1}:hs1`);
        assert.deepEqual(await joinedBy(client), []);
      }
    },
  },
  {
    name: 'claims of one-time keys',
    async prepare({ bob }, n) {
      await bob.ok('POST', `${V3}/keys/upload`, oneTimeKey(`c${n}`));
      return '';
    },
    ask: ({ alice, bob }) =>
      alice.call('POST', `${V3}/keys/claim`, {
        one_time_keys: { [bob.userId]: { [bob.deviceId]: 'signed_curve25519' } },
      }),
    async judge({ bob }, told) {
      const claimed = told.flatMap(({ one_time_keys: keys }) =>
        Object.keys((keys as Record<string, Record<string, object>>)[bob.userId]?.[bob.deviceId] ?? {}),
      );
      assert.ok(claimed.length > 0);
      assert.equal(new Set(claimed).size, claimed.length, 'no key was given out twice');
    },
  },
  {
    name: 'uploads of keys',
    ask: ({ alice }, n) => alice.call('POST', `${V3}/keys/upload`, oneTimeKey(`u${n}`)),
    async judge({ alice }, told) {
      const { body } = await alice.ok('POST', `${V3}/keys/upload`, {});
      assert.deepEqual(body['one_time_key_counts'], { signed_curve25519: told.length });
    },
  },
];

test('the n-th statement fails in whatever object it is, for every n', { timeout: 300_000 }, async (t) => {
  const server = await Server.start('workers');
  after(() => server.stop());
  const world = { server, alice: await Client.register(server, 'alice'), bob: await Client.register(server, 'bob') };
  /** Answers whether the failure that was asked for before has come. */
  const failAfter = async (statements: number): Promise<boolean> => {
    const { text } = await server.request('POST', `/_hearth/test/fail?statements=${statements}`, new Map(), undefined);
    return (JSON.parse(text) as { failed: boolean }).failed;
  };
  for (const { name, prepare, ask, judge } of OPERATIONS)
    await t.test(name, async () => {
      const told: Body[] = [];
      let failures = 0;
      for (let n = 1, failed = true; failed; n++) {
        assert.ok(n < MOST_STATEMENTS);
        const prepared = (await prepare?.(world, n)) ?? '';
        await failAfter(n);
        let answer = await ask(world, n, prepared);
        failed = await failAfter(0);
        if (failed) failures++;
        for (let times = 0; answer.status !== 200 && times < REPETITIONS; times++) {
          assert.ok(answer.status >= 500, `statement ${n}: ${JSON.stringify(answer)}`);
          answer = await ask(world, n, prepared);
        }
        assert.equal(answer.status, 200, `statement ${n}: ${JSON.stringify(answer)}`);
        told.push(answer.body);
      }
      assert.ok(failures > 2, `${failures} statements failed`);
      await judge(world, told);
    });
});
