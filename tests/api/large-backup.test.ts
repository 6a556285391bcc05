// A key backup of many thousand sessions in one request. https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actors } from '../../src/ports/actors.ts';
import { Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const KEYS = '/_matrix/client/v3/room_keys/keys';
const key = { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data: { mac: 'x' } };
const sessions = (count: number) => ({
  sessions: Object.fromEntries(Array.from({ length: count }, (_, n) => [`s${n}`, key])),
});

async function withBackup(between?: (actors: Actors) => Actors): Promise<readonly [Hearth, Client]> {
  const hearth = new Hearth({}, between);
  const alice = await Client.register(hearth, 'alice');
  await alice.ok('POST', '/_matrix/client/v3/room_keys/version', { algorithm: 'a', auth_data: {} });
  return [hearth, alice];
}

test('many keys are stored in pieces, between which others have their turn, and read as they were', async () => {
  const pieces: number[] = [];
  const [hearth, alice] = await withBackup((actors) => ({
    ...actors,
    users: (group) => {
      const users = actors.users(group);
      const backup = new Proxy(users.backup, {
        get: (target, name) =>
          name === 'putBackupKeys'
            ? (...args: Parameters<typeof target.putBackupKeys>) => {
                pieces.push(args[2].length);
                return target.putBackupKeys(...args);
              }
            : Reflect.get(target, name),
      });
      return new Proxy(users, { get: (target, name) => (name === 'backup' ? backup : Reflect.get(target, name)) });
    },
  }));
  const rooms = { '!a:x': sessions(1700), '!"b:x': sessions(800) };
  const put = alice.ok('PUT', `${KEYS}?version=1`, { rooms });
  await hearth.sleep(1);
  await hearth.sleep(1);
  assert.equal((await put).body['count'], 2500);
  assert.deepEqual(pieces, [1000, 1000, 500]);
  assert.deepEqual((await alice.ok('GET', `${KEYS}?version=1`)).body, { rooms });
  assert.deepEqual((await alice.ok('GET', `${KEYS}/!a:x?version=1`)).body, sessions(1700));
  assert.deepEqual((await alice.ok('GET', `${KEYS}/!a:x/s7?version=1`)).body, key);
});

test('more keys than can be taken at once are refused, and none is stored', async () => {
  const [, alice] = await withBackup();
  const answer = await alice.call('PUT', `${KEYS}?version=1`, { rooms: { '!a:x': sessions(20_001) } });
  assert.deepEqual([answer.status, answer.body.errcode], [413, 'M_TOO_LARGE']);
  assert.deepEqual((await alice.ok('GET', `${KEYS}?version=1`)).body, { rooms: {} });
});
