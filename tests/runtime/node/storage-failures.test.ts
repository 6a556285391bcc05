// The n-th statement of an operation fails, for every n: the client gets an error or an answer, nothing is half done, the
// repetition works, and the server goes on. As SQLite's own tests do for memory and disk.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Connection, type OwnStatement, type Prepared } from '../../../src/runtime/shared/connection.ts';
import { StorageFaults } from '../../../src/runtime/simulation/storage-faults.ts';
import { house } from '../../../src/runtime/node/house.ts';
import { Client, roomPath } from '../../black-box/client.ts';
import { Asked } from './asked.ts';
import { openHomeserver } from './opened.ts';

/** `undone`: SQLite has rolled the whole transaction back, as it may on a full disk, a failed read or an interrupt. */
const FAILURES = [
  { name: 'BUSY', undone: false },
  { name: 'IOERR', undone: false },
  { name: 'FULL', undone: true },
  { name: 'INTERRUPT', undone: true },
] as const;

/** Lets statements of every connection fail that is opened in this test: objects' own, and the runtime's, COMMIT among them. */
function faultsOf(t: TestContext): StorageFaults {
  const faults = new StorageFaults();
  const { own, prepare } = Connection.prototype;
  const pass = (connection: Connection): void => {
    faults.pass(() => {
      if (connection.inTransaction) own.call(connection, 'ROLLBACK').run();
    });
  };
  t.mock.method(Connection.prototype, 'own', function (this: Connection, text: string): OwnStatement {
    const { run, get, all } = own.call(this, text);
    return {
      run: (...values) => (pass(this), run(...values)),
      get: (...values) => (pass(this), get(...values)),
      all: (...values) => (pass(this), all(...values)),
    };
  });
  t.mock.method(Connection.prototype, 'prepare', function (this: Connection, text: string): Prepared {
    const prepared = prepare.call(this, text);
    const { statement } = prepared;
    const door: Pick<Prepared['statement'], 'all' | 'get' | 'run'> = {
      all: (...values: never[]) => (pass(this), statement.all(...values)),
      get: (...values: never[]) => (pass(this), statement.get(...values)),
      run: (...values: never[]) => (pass(this), statement.run(...values)),
    };
    return { ...prepared, statement: door as Prepared['statement'] };
  });
  return faults;
}

interface World {
  readonly alice: Client;
  readonly bob: Client;
  readonly roomId: string;
  /** An event in it. */
  readonly eventId: string;
  readonly asked: Asked;
}

/** One request; `n` makes each its own. */
interface Operation {
  readonly name: string;
  readonly ask: (world: World, n: string) => Promise<{ readonly status: number; readonly body: unknown }>;
  /** Whether a repetition after an answer changes nothing: it also brings up what a failed delivery still owes. */
  readonly again?: boolean;
  /** What is there in the end: exactly one effect for each request that was acknowledged. */
  readonly judge: (
    world: World,
    acknowledged: readonly { readonly n: string; readonly body: unknown }[],
  ) => Promise<void>;
}

const messagesIn = async ({ alice, roomId }: World): Promise<string[]> => {
  const { body } = await alice.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=1000`);
  return (body['chunk'] as { type: string; event_id: string }[])
    .filter(({ type }) => type === 'm.room.message')
    .map(({ event_id }) => event_id);
};

const keysOf = (n: string): object => ({ [`signed_curve25519:${n}`]: { key: n.padEnd(43, 'A'), signatures: {} } });

const OPERATIONS: readonly Operation[] = [
  {
    name: 'send',
    again: true,
    ask: ({ alice, roomId }, n) =>
      alice.call('PUT', `${roomPath(roomId)}/send/m.room.message/${n}`, { msgtype: 'm.text', body: n }),
    async judge(world, acknowledged) {
      const wanted = acknowledged.map(({ body }) => (body as { event_id: string }).event_id);
      assert.deepEqual((await messagesIn(world)).reverse(), wanted);
    },
  },
  {
    name: 'sendToDevice',
    again: true,
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
      assert.deepEqual(
        got,
        acknowledged.map(({ n }) => n),
      );
    },
  },
  {
    name: 'uploadKeys',
    again: true,
    ask: ({ bob }, n) => bob.call('POST', '/_matrix/client/v3/keys/upload', { one_time_keys: keysOf(`u${n}`) }),
    async judge({ bob }, acknowledged) {
      const { body } = await bob.ok('POST', '/_matrix/client/v3/keys/upload', {});
      const counts = body['one_time_key_counts'] as Record<string, number>;
      assert.equal(counts['signed_curve25519'] ?? 0, acknowledged.length);
    },
  },
  {
    name: 'claimKeys',
    ask: async ({ alice, bob }, n) => {
      await bob.ok('POST', '/_matrix/client/v3/keys/upload', { one_time_keys: keysOf(`c${n}`) }).catch(() => undefined);
      return alice.call('POST', '/_matrix/client/v3/keys/claim', {
        one_time_keys: { [bob.userId]: { [bob.deviceId]: 'signed_curve25519' } },
      });
    },
    async judge({ bob }, acknowledged) {
      const claimed = acknowledged.flatMap(({ body }) => {
        const keys = (body as { one_time_keys: Record<string, Record<string, object>> }).one_time_keys;
        return Object.keys(keys[bob.userId]?.[bob.deviceId] ?? {});
      });
      assert.equal(new Set(claimed).size, claimed.length, 'no key was given out twice');
      assert.ok(claimed.length > 0);
    },
  },
  {
    name: 'receipt',
    again: true,
    ask: ({ bob, roomId, eventId }) => bob.call('POST', `${roomPath(roomId)}/receipt/m.read/${eventId}`, {}),
    judge: async () => undefined,
  },
  {
    name: 'createRoom',
    ask: ({ alice }, n) => alice.call('POST', '/_matrix/client/v3/createRoom', { name: n, invite: [] }),
    async judge({ alice, roomId }, acknowledged) {
      // What could not be told at once is told with the room's next event, or by its alarm.
      for (const { body: made } of acknowledged) await alice.send((made as { room_id: string }).room_id, 'hello');
      const { body } = await alice.ok('GET', '/_matrix/client/v3/joined_rooms');
      const joined = body['joined_rooms'] as string[];
      const wanted = acknowledged.map(({ body: made }) => (made as { room_id: string }).room_id);
      assert.deepEqual(
        wanted.filter((made) => !joined.includes(made)),
        [],
      );
      // A failed request may have made its room, but then all of it.
      for (const made of joined.filter((id) => id !== roomId)) {
        const { body: state } = await alice.ok('GET', `${roomPath(made)}/state`);
        const types = (state as object as { type: string }[]).map(({ type }) => type);
        for (const type of ['create', 'member', 'power_levels', 'join_rules', 'history_visibility', 'name'])
          assert.ok(types.includes(`m.room.${type}`), `${made} has no ${type}`);
      }
    },
  },
  {
    name: 'register',
    ask: async ({ asked }, n) => {
      const body = { username: `u${n}`, password: 'a password of tests', auth: { type: 'm.login.dummy' } };
      let answer = await asked.request('POST', '/_matrix/client/v3/register', new Map(), JSON.stringify(body));
      // A failed request may have made the account; then its password is the one that was asked for.
      if (answer.text.includes('M_USER_IN_USE')) {
        const identifier = { type: 'm.id.user', user: body.username };
        const login = JSON.stringify({ type: 'm.login.password', identifier, password: body.password });
        answer = await asked.request('POST', '/_matrix/client/v3/login', new Map(), login);
      }
      return { status: answer.status, body: JSON.parse(answer.text) };
    },
    async judge({ asked }, acknowledged) {
      for (const { body } of acknowledged) {
        const token = (body as { access_token: string }).access_token;
        const headers = new Map([['authorization', `Bearer ${token}`]]);
        const answer = await asked.request('GET', '/_matrix/client/v3/account/whoami', headers, undefined);
        assert.equal(answer.status, 200);
      }
    },
  },
];

async function worldOf(t: TestContext): Promise<World & { readonly faults: StorageFaults }> {
  const faults = faultsOf(t);
  const homeserver = openHomeserver(t, {
    house,
    flags: ['--registration', 'open', '--rate-limits', 'off', '--password-cost', '16'],
    copyCalls: false,
  });
  const asked = new Asked(homeserver);
  const [alice, bob] = [await Client.register(asked, 'alice'), await Client.register(asked, 'bob')];
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  const eventId = await alice.send(roomId, 'first', 'first');
  return { alice, bob, roomId, eventId, asked, faults };
}

/** No operation has as many statements. */
const MOST_STATEMENTS = 800;
const REPETITIONS = 5;

for (const operation of OPERATIONS) {
  for (const failure of FAILURES) {
    test(`${operation.name} while its n-th statement fails with ${failure.name}, for every n`, async (t) => {
      const world = await worldOf(t);
      const acknowledged: { n: string; body: unknown }[] = [];
      if (operation.name === 'send')
        acknowledged.push({ n: 'first', body: { event_id: (await messagesIn(world))[0] } });
      let struck = true;
      for (let n = 1; struck; n++) {
        assert.ok(n < MOST_STATEMENTS);
        const before = world.faults.struck;
        world.faults.strikeAfter(n, failure.name, failure.undone);
        const told = await operation.ask(world, String(n)).catch(() => undefined);
        world.faults.calm();
        struck = world.faults.struck > before;
        let answer = operation.again && struck ? undefined : told;
        for (let times = 0; answer?.status !== 200 && times < REPETITIONS; times++) {
          if (answer) assert.ok(answer.status >= 500 || answer.status === 400, JSON.stringify(answer));
          answer = await operation.ask(world, String(n)).catch(() => undefined);
        }
        assert.equal(answer?.status, 200, `statement ${n}: ${JSON.stringify(answer)}`);
        acknowledged.push({ n: String(n), body: answer?.body });
      }
      assert.ok(acknowledged.length > 1);
      await operation.judge(world, acknowledged);
    });
  }
}
