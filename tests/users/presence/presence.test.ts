// What presence costs, what of it outlasts a restart, and what other groups hear when a call fails.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import type { Requester } from '../../../src/ports/contracts/requester.ts';
import type { PresenceEntry } from '../../../src/ports/contracts/users-presence.ts';
import type { ObjectEnv } from '../../../src/ports/object-env.ts';
import { Presence, type PresenceNeighbours } from '../../../src/users/presence/presence.ts';
import { usersSchema } from '../../../src/users/schema.ts';
import { MemorySql } from '../../rooms/memory-sql.ts';

const OURS = new Set(['@alice:hs1', '@bob:hs1']);
const by = (name: string): Requester => ({ userId: `@${name}:hs1`, deviceId: 'D', group: 1 });
const ONLINE = { set: 'online', hears: true } as const;

/** Everybody shares a room with everybody. Group 2 hears of it in `heard`, if it does not fail. */
function world() {
  const sql = new MemorySql(usersSchema);
  const timers = new Set<{ readonly at: number; readonly then: () => void }>();
  const heard: PresenceEntry[][] = [];
  const state = { now: 0, broken: false, asked: 0, rings: 0, groups: [1, 2] };
  const crowd = new Set(OURS);
  // The part under test touches nothing else of the world.
  const env = {
    owner: 1,
    name: '1',
    sql,
    settings: { presence: true, syncTimeoutMs: 30_000 },
    clock: {
      now: () => 1_700_000_000_000 + state.now,
      monotonic: () => state.now,
      timer: (ms: number, then: () => void) => timers.add({ at: state.now + ms, then }),
    },
    log: { debug: () => undefined },
    bell: { ring: () => void state.rings++ },
    actors: {
      home: () => ({ groups: async () => state.groups }),
      users: () => ({
        presence: {
          currentPresence: async () => {
            state.asked += 1;
            if (state.broken) throw new Error('away');
            return [];
          },
          applyPresence: async (entries: PresenceEntry[]) => {
            if (state.broken) throw new Error('away');
            heard.push(entries);
          },
        },
      }),
    },
  } as unknown as ObjectEnv;
  let ephemeral = 0;
  const neighbours = {
    isOurs: (userId: string) => OURS.has(userId),
    demandSession: () => undefined,
    profileOf: () => ({ displayName: undefined, avatarUrl: undefined }),
    nextEphemeral: () => ++ephemeral,
    rooms: {
      share: () => true,
      joinedBy: () => ['room'],
      localMembers: () => crowd,
      movedSince: () => [],
      latestFor: () => 0,
    },
  } as unknown as PresenceNeighbours;
  const boot = (): Presence => {
    // What was to come ends with what it was for.
    timers.clear();
    return new Presence(env, neighbours);
  };
  const pass = async (ms: number): Promise<void> => {
    const until = state.now + ms;
    for (;;) {
      await turn();
      const due = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      timers.delete(due);
      state.now = Math.max(state.now, due.at);
      due.then();
    }
    state.now = until;
  };
  return { sql, state, heard, crowd, boot, pass, presence: boot(), timers };
}

test('polls make no statement, whoever comes and stays', async () => {
  const { sql, presence, pass } = world();
  for (let n = 0; n < 50; n++) {
    for (const name of ['alice', 'bob']) presence.noteSync(by(name), ONLINE);
    presence.changes('@alice:hs1', 0, 0);
    await pass(1000);
  }
  assert.equal(sql.statements, 1, 'what was there is read at the beginning, and nothing else');
});

test('who comes and goes is written down once a minute at most', async () => {
  const { sql, presence, pass, timers } = world();
  sql.statements = 0;
  for (let n = 0; n < 18; n++) {
    await presence.setPresence(by('alice'), n % 2 === 0 ? 'online' : 'offline', undefined);
    await pass(3000);
  }
  assert.equal(sql.statements, 0);
  await presence.setPresence(by('alice'), 'online', undefined);
  await pass(30_000);
  assert.equal(sql.statements, 1);
  await pass(600_000);
  assert.deepEqual(
    [sql.statements, timers.size],
    [2, 0],
    'who has gone is written down, and then nobody looks any more',
  );
});

test('a restart keeps the message and the last activity', async () => {
  const { presence, boot, pass } = world();
  await presence.setPresence(by('alice'), 'online', 'at work');
  await pass(70_000);
  await presence.setPresence(by('alice'), 'offline', undefined);
  await pass(120_000);
  const { statusMsg, lastActiveAgo } = await boot().presenceOf(by('bob'), '@alice:hs1');
  assert.deepEqual([statusMsg, lastActiveAgo], ['at work', 190_000]);
});

test('who was there before a restart and does not come back is told of as gone', async () => {
  const made = world();
  for (const name of ['alice', 'bob']) made.presence.noteSync(by(name), ONLINE);
  for (let n = 0; n < 4; n++) {
    await made.pass(20_000);
    for (const name of ['alice', 'bob']) made.presence.noteSync(by(name), ONLINE);
  }
  const presence = made.boot();
  presence.noteSync(by('bob'), ONLINE);
  await made.pass(30_000);
  presence.noteSync(by('bob'), ONLINE);
  const told = (since?: number): string[] =>
    presence.changes('@bob:hs1', since, 0).map(({ userId, presence: shown }) => `${userId} ${shown}`);
  assert.deepEqual(told(), ['@bob:hs1 online']);
  await made.pass(40_000);
  assert.deepEqual(told(0).toSorted(), ['@alice:hs1 offline', '@bob:hs1 online']);
});

test('a group that could not be told is told later, of what is so then', async () => {
  const { presence, pass, state, heard } = world();
  presence.noteSync(by('alice'), ONLINE);
  await pass(1000);
  state.broken = true;
  await presence.setPresence(by('alice'), 'unavailable', undefined);
  await pass(6000);
  state.broken = false;
  await presence.setPresence(by('alice'), 'unavailable', 'away');
  await pass(6000);
  assert.deepEqual(
    heard.flat().map(({ userId, presence: shown, statusMsg }) => [userId, shown, statusMsg]),
    [
      ['@alice:hs1', 'online', undefined],
      ['@alice:hs1', 'unavailable', 'away'],
    ],
  );
});

test('a group that begins while another one is away asks again', async () => {
  const { presence, pass, state, heard } = world();
  state.broken = true;
  presence.noteSync(by('alice'), ONLINE);
  await pass(20_000);
  state.broken = false;
  await pass(10_000);
  assert.ok(state.asked >= 2);
  assert.deepEqual(
    heard.flat().map(({ userId }) => userId),
    ['@alice:hs1'],
  );
});

test('nobody is taken from another group who lives in this one', async () => {
  const { presence } = world();
  const said = { presence: 'online', lastActiveAgo: 0, currentlyActive: true, statusMsg: 'x' } as const;
  await presence.applyPresence([{ ...said, userId: '@alice:hs1', displayName: undefined, avatarUrl: undefined }]);
  assert.deepEqual(presence.changes('@bob:hs1', 0, 0), []);
});

test('a batch rings once', async () => {
  const { presence, pass, state } = world();
  presence.noteSync(by('alice'), ONLINE);
  await pass(1);
  state.rings = 0;
  await presence.setPresence(by('alice'), 'unavailable', 'a');
  await presence.setPresence(by('alice'), 'online', 'b');
  presence.noteSync(by('bob'), ONLINE);
  assert.equal(state.rings, 0);
  await pass(1000);
  assert.equal(state.rings, 1);
});

test('the more are woken the less often it happens', async () => {
  const { presence, pass, state, crowd } = world();
  for (let n = 0; n < 1000; n++) crowd.add(`@user${n}:hs1`);
  presence.noteSync(by('alice'), ONLINE);
  state.rings = 0;
  for (let n = 0; n < 22; n++) {
    await presence.setPresence(by('alice'), 'online', `message ${n}`);
    await pass(1000);
  }
  assert.equal(state.rings, 2);
});

test('a group that was found late hears of all that was told before', async () => {
  const { presence, pass, state, heard } = world();
  state.groups = [1];
  presence.noteSync(by('alice'), ONLINE);
  await presence.setPresence(by('alice'), 'offline', 'gone');
  await pass(5000);
  assert.equal(heard.length, 0);
  state.groups = [1, 2];
  presence.noteSync(by('bob'), ONLINE);
  for (let n = 0; n < 4; n++) {
    await pass(20_000);
    presence.noteSync(by('bob'), ONLINE);
  }
  const told = new Map<string, string>(heard.flat().map(({ userId, presence: shown }) => [userId, shown]));
  assert.deepEqual([told.get('@alice:hs1'), told.get('@bob:hs1')], ['offline', 'online']);
});
