// The rules of account data, tags and filters. https://spec.matrix.org/v1.19/client-server-api/#client-config
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Requester } from '../../../src/ports/contracts/requester.ts';
import type { ObjectEnv } from '../../../src/ports/object-env.ts';
import { MatrixError, unknownToken } from '../../../src/spec/errors.ts';
import { Data } from '../../../src/users/data/data.ts';
import { usersSchema } from '../../../src/users/schema.ts';
import { MemorySql } from '../../rooms/memory-sql.ts';

const ALICE: Requester = { userId: '@alice:hs1', deviceId: 'PHONE', group: 1 };
const BOB: Requester = { userId: '@bob:hs1', deviceId: 'TABLET', group: 1 };
const ROOM = '!room:hs1';
const SMALL = { entries: 3, bytes: 200, filters: 2, filterBytes: 100 };

function world() {
  const sql = new MemorySql(usersSchema);
  const rung: string[] = [];
  let [pos, open] = [0, true];
  // The part under test touches nothing else of the world.
  const env = { owner: 1, name: '1', sql } as unknown as ObjectEnv;
  const boot = (limits?: typeof SMALL): Data =>
    new Data(
      env,
      {
        positions: { prepare: () => undefined, take: () => ++pos },
        demandSession: () => {
          if (!open) throw unknownToken();
        },
        ring: (userId) => void rung.push(userId),
        pushRules: () => ({}),
        ignoresOthers: () => undefined,
        invitesWaiting: () => 0,
      },
      limits,
    );
  return {
    sql,
    rung,
    boot,
    data: boot(SMALL),
    position: () => pos,
    end: () => {
      open = false;
    },
  };
}

const refused = async (operation: Promise<unknown>, status: number, errcode: string): Promise<void> => {
  await assert.rejects(operation, (error) => {
    assert.ok(error instanceof MatrixError);
    assert.deepEqual([error.status, error.errcode], [status, errcode]);
    return true;
  });
};

test('account data is told once for each change, and rings', async () => {
  const { data, rung, position } = world();
  await data.setAccountData(ALICE, undefined, 'm.x', { a: 1 });
  const since = position();
  await data.setAccountData(ALICE, ROOM, 'm.x', { b: 2 });
  assert.deepEqual(data.after(ALICE.userId, since), [{ roomId: ROOM, type: 'm.x', content: { b: 2 } }]);
  assert.deepEqual(data.after(ALICE.userId, position()), []);
  assert.deepEqual(data.after(BOB.userId, 0), []);
  assert.deepEqual(rung, [ALICE.userId, ALICE.userId]);
});

test("a room's data is not looked for among the user's", async () => {
  const { data } = world();
  await data.setAccountData(ALICE, undefined, 'm.x', { a: 1 });
  await refused(data.accountData(ALICE, ROOM, 'm.x'), 404, 'M_NOT_FOUND');
  await refused(data.accountData(BOB, undefined, 'm.x'), 404, 'M_NOT_FOUND');
});

test('a sync without changed data makes no query', async () => {
  const { data, sql, position } = world();
  await data.setAccountData(ALICE, undefined, 'm.x', {});
  const before = sql.statements;
  assert.equal(data.changedAfter(ALICE.userId, position()), false);
  data.after(ALICE.userId, position());
  assert.equal(sql.statements, before);
});

test('more entries than a user may have are refused, and one in place of another is not', async () => {
  const { data } = world();
  for (const type of ['m.a', 'm.b', 'm.c']) await data.setAccountData(ALICE, undefined, type, {});
  await refused(data.setAccountData(ALICE, undefined, 'm.d', {}), 413, 'M_TOO_LARGE');
  await refused(data.setTag(ALICE, ROOM, 'u.work', {}), 413, 'M_TOO_LARGE');
  await data.setAccountData(ALICE, undefined, 'm.c', { new: true });
  await data.setAccountData(BOB, undefined, 'm.d', {});
});

test('more bytes than a user may keep are refused, counted in UTF-8, also by a new instance', async () => {
  const made = world();
  const half = 'é'.repeat(45);
  await made.data.setAccountData(ALICE, undefined, 'm.a', { half });
  for (const data of [made.data, made.boot(SMALL)]) {
    await refused(data.setAccountData(ALICE, undefined, 'm.b', { half }), 413, 'M_TOO_LARGE');
    await data.setAccountData(ALICE, undefined, 'm.a', { half });
  }
});

test('who has too much may still shorten it', async () => {
  const made = world();
  await made.boot({ ...SMALL, bytes: 10_000 }).setAccountData(ALICE, undefined, 'm.a', { x: 'x'.repeat(1000) });
  const data = made.boot(SMALL);
  await data.setAccountData(ALICE, undefined, 'm.a', { x: 'x'.repeat(500) });
  await refused(data.setAccountData(ALICE, undefined, 'm.a', { x: 'x'.repeat(501) }), 413, 'M_TOO_LARGE');
});

test('a content is measured in bytes, not in characters', async () => {
  const data = world().boot();
  await refused(data.setAccountData(ALICE, undefined, 'm.a', { x: '語'.repeat(100_000) }), 413, 'M_TOO_LARGE');
});

test('data that could not be written is neither counted nor told', async () => {
  const { data, sql } = world();
  await data.setAccountData(ALICE, undefined, 'm.a', {});
  sql.writesLeft = 0;
  await assert.rejects(data.setAccountData(ALICE, undefined, 'm.b', {}), /full/);
  sql.writesLeft = Infinity;
  await refused(data.accountData(ALICE, undefined, 'm.b'), 404, 'M_NOT_FOUND');
  await data.setAccountData(ALICE, undefined, 'm.b', {});
  await data.setAccountData(ALICE, undefined, 'm.c', {});
});

test('a request whose session ended meanwhile writes nothing', async () => {
  const { data, end } = world();
  end();
  for (const wanted of [
    data.setAccountData(ALICE, undefined, 'm.a', {}),
    data.setTag(ALICE, ROOM, 'u.work', {}),
    data.setFullyRead(ALICE, ROOM, '$e'),
    data.defineFilter(ALICE, {}),
  ])
    await refused(wanted, 401, 'M_UNKNOWN_TOKEN');
  assert.deepEqual(data.after(ALICE.userId, 0), []);
});

test("the server's own types are read, but not set", async () => {
  const { data } = world();
  for (const type of ['m.fully_read', 'm.push_rules'])
    for (const room of [undefined, ROOM]) await refused(data.setAccountData(ALICE, room, type, {}), 405, 'M_BAD_JSON');
  await data.setFullyRead(ALICE, ROOM, '$e');
  assert.deepEqual(await data.accountData(ALICE, ROOM, 'm.fully_read'), { event_id: '$e' });
});

test('tags are set and removed one by one, and are account data of the room', async () => {
  const { data, rung, position } = world();
  await data.setTag(ALICE, ROOM, 'm.favourite', { order: 0.5 });
  await data.setTag(ALICE, ROOM, '__proto__', {});
  const both = Object.fromEntries([
    ['m.favourite', { order: 0.5 }],
    ['__proto__', {}],
  ]);
  assert.deepEqual(
    Object.entries((await data.accountData(ALICE, ROOM, 'm.tag'))['tags'] as object),
    Object.entries(both),
  );
  const since = position();
  await data.setTag(ALICE, ROOM, 'm.favourite', undefined);
  await data.setTag(ALICE, ROOM, '__proto__', undefined);
  assert.deepEqual(data.after(ALICE.userId, since), [{ roomId: ROOM, type: 'm.tag', content: { tags: {} } }]);
  assert.equal(rung.length, 4);
});

test('removing a tag that is not there changes nothing', async () => {
  const { data, position } = world();
  await data.setTag(ALICE, ROOM, 'u.work', undefined);
  assert.equal(position(), 0);
});

test('a tag is set over whatever a client has written in its place', async () => {
  const { data } = world();
  for (const content of [{ tags: [1] }, { tags: 'x' }, {}]) {
    await data.setAccountData(ALICE, ROOM, 'm.tag', content);
    await data.setTag(ALICE, ROOM, 'u.work', {});
    assert.deepEqual(await data.accountData(ALICE, ROOM, 'm.tag'), { tags: { 'u.work': {} } });
  }
});

test('a filter keeps its id, and too many or too large ones are refused', async () => {
  const { data } = world();
  const id = await data.defineFilter(ALICE, { room: { rooms: [] } });
  assert.equal(await data.defineFilter(ALICE, { room: { rooms: [] } }), id);
  await data.defineFilter(ALICE, { event_fields: [] });
  await refused(data.defineFilter(ALICE, { event_fields: ['x'] }), 413, 'M_TOO_LARGE');
  assert.equal(await data.defineFilter(ALICE, { room: { rooms: [] } }), id);
  await refused(data.defineFilter(BOB, { event_fields: ['x'.repeat(100)] }), 413, 'M_TOO_LARGE');
  await refused(data.filter(BOB, id), 404, 'M_NOT_FOUND');
});

test('who is ignored follows the list at once; nobody ignores themselves', async () => {
  const { data } = world();
  assert.deepEqual(data.ignoredBy(ALICE.userId), []);
  const list = { ignored_users: { [BOB.userId]: {}, [ALICE.userId]: {} } };
  await data.setAccountData(ALICE, undefined, 'm.ignored_user_list', list);
  assert.deepEqual(data.ignoredBy(ALICE.userId), [BOB.userId]);
  for (const none of [{ ignored_users: [BOB.userId] }, { ignored_users: null }, {}]) {
    await data.setAccountData(ALICE, undefined, 'm.ignored_user_list', none);
    assert.deepEqual(data.ignoredBy(ALICE.userId), []);
  }
});
