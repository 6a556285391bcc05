// How often the directory asks rooms whether anybody may join or read them.
// https://spec.matrix.org/v1.19/client-server-api/#user-directory
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectEnv } from '../../../src/ports/object-env.ts';
import { Directory } from '../../../src/users/directory/directory.ts';
import { ALICE, BOB, StreamWorld } from '../stream/stream-world.ts';

const ROOM = '!room:hs1';
const STRANGER = { userId: '@eve:hs2', deviceId: undefined, group: 2 };

class DirectoryWorld extends StreamWorld {
  readonly open = new Set<string>();
  readonly asked: string[] = [];
  readonly directory: Directory;
  /** Happens while a room is thinking. */
  meanwhile = async (): Promise<void> => undefined;

  constructor() {
    super();
    const env = {
      owner: 1,
      sql: this.sql,
      actors: {
        room: (id: string) => ({
          lifecycle: {
            open: async () => {
              this.asked.push(id);
              const open = this.open.has(id);
              await this.meanwhile();
              return open;
            },
          },
        }),
      },
    };
    this.directory = new Directory(env as unknown as ObjectEnv, {
      rooms: this.stream.rooms,
      profileOf: () => ({ displayName: undefined, avatarUrl: undefined }),
    });
    for (const userId of [ALICE, BOB])
      this.sql.run(
        'INSERT INTO users_accounts (owner, user_id, admin, deactivated, made_at, guest) VALUES (1, ?, 0, 0, 0, 0)',
        userId,
      );
  }

  async entry(type: string): Promise<void> {
    const { log } = this.room(ROOM);
    const event = { eventId: '$e', type, stateKey: '', sender: ALICE, originServerTs: 0 };
    log.push({ roomPos: log.length + 1, kind: 'event', event, memberships: [] });
    await this.tell(ROOM);
  }

  async finds(term: string): Promise<string[]> {
    return (await this.directory.search(STRANGER, term, 10)).found.map((user) => user.userId);
  }
}

async function world(): Promise<DirectoryWorld> {
  const made = new DirectoryWorld();
  made.open.add(ROOM);
  await made.happen(ROOM, [ALICE, 'join']);
  return made;
}

test('a room is asked once, and again after what may have closed it', async () => {
  const made = await world();
  for (let n = 0; n < 3; n++) assert.deepEqual(await made.finds('alice'), [ALICE]);
  await made.entry('m.room.name');
  assert.deepEqual(await made.finds('alice'), [ALICE]);
  assert.deepEqual(made.asked, [ROOM]);
  for (const type of ['m.room.join_rules', 'm.room.history_visibility']) {
    made.open.clear();
    await made.entry(type);
    assert.deepEqual(await made.finds('alice'), []);
    assert.deepEqual(await made.finds('alice'), []);
    made.open.add(ROOM);
    await made.entry(type);
    assert.deepEqual(await made.finds('alice'), [ALICE]);
  }
  assert.equal(made.asked.length, 5);
});

test('an answer that was overtaken by a change is not remembered', async () => {
  const made = await world();
  made.meanwhile = async () => {
    made.meanwhile = async () => undefined;
    made.open.clear();
    await made.entry('m.room.join_rules');
  };
  await made.finds('alice');
  assert.deepEqual(await made.finds('alice'), []);
});

test('nobody is asked about who does not fit, or shares a room', async () => {
  const made = await world();
  await made.happen(ROOM, [STRANGER.userId, 'join']);
  assert.deepEqual(await made.finds('bob'), []);
  assert.deepEqual(await made.finds('alice'), [ALICE]);
  assert.deepEqual(made.asked, []);
});

test('one search asks so many rooms and no more, and says that there may be others', async () => {
  const made = new DirectoryWorld();
  for (let n = 0; n < 120; n++) await made.happen(`!closed${n}:hs1`, [ALICE, 'join'], [BOB, 'join']);
  assert.deepEqual(await made.directory.search(STRANGER, 'hs1', 10), { found: [], more: true });
  assert.equal(made.asked.length, 100);
  // What was learned stays, so that the next search comes to an end.
  assert.deepEqual(await made.directory.search(STRANGER, 'hs1', 10), { found: [], more: false });
});
