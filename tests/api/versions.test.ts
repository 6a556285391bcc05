// GET /versions: what clients decide by. docs/decisions/0012-versions.md
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const PATH = '/_matrix/client/versions';

test('/versions names every version up to the newest that is done, without gaps', async () => {
  const { versions } = (await new Client(new Hearth()).ok('GET', PATH)).body as unknown as { versions: string[] };
  assert.equal(versions[0], 'r0.6.1');
  const minor = versions.slice(1).map((version) => Number(/^v1\.(\d+)$/.exec(version)?.[1]));
  assert.deepEqual(
    minor,
    minor.map((_, n) => n + 1),
  );
  assert.ok(minor.includes(4), 'threads and their receipts');
  assert.ok(!minor.includes(11), 'authenticated media is not there');
});

test('/versions answers the same to who has signed in, and to a token that nobody has', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const stranger = new Client(hearth);
  const expected = (await stranger.ok('GET', PATH)).body;
  assert.deepEqual((await alice.ok('GET', PATH)).body, expected);
  alice.token = 'syt_gone';
  assert.deepEqual((await alice.ok('GET', PATH)).body, expected);
});

test('what unstable_features says of later versions is so', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const { unstable_features: features } = (await alice.ok('GET', PATH)).body as unknown as {
    unstable_features: Record<string, boolean>;
  };
  assert.deepEqual(Object.keys(features).sort(), [
    'org.matrix.msc3814',
    'org.matrix.msc4222',
    'uk.half-shot.msc2666.query_mutual_rooms.stable',
    'uk.tcpip.msc4133.stable',
  ]);
  const bob = await Client.register(hearth, 'bob');
  await alice.ok('GET', `/_matrix/client/v1/mutual_rooms?user_id=${encodeURIComponent(bob.userId)}`);
  await alice.ok('PUT', `/_matrix/client/v3/profile/${alice.userId}/m.tz`, { 'm.tz': 'Europe/Paris' });
  const roomId = await alice.createRoom();
  for (const [name, answered] of [
    ['use_state_after', 'state_after'],
    ['org.matrix.msc4222.use_state_after', 'org.matrix.msc4222.state_after'],
  ] as const) {
    const room = (await alice.sync({ [name]: 'true' })).rooms?.join?.[roomId];
    assert.ok(answered in (room ?? {}), name);
    assert.ok(!('state' in (room ?? {})), name);
  }
});
