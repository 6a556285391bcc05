// Who is kept out of a room by its access control list is kept out on every way in (P50, L10).
// https://spec.matrix.org/v1.19/server-server-api/#server-access-control-lists-acls
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/spec/json.ts';
import { roomPath } from '../black-box/client.ts';
import type { ServerAnswer } from './scripted-server.ts';
import { encoded, Visitor } from './visitor.ts';
import { FederationWorld, someone } from './world.ts';

test('a server that is kept out is refused by every protected operation, and let in again when that is over', async () => {
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test');
  const alice = await someone(hs1, 'alice');
  const bob = await someone(hs1, 'bob');
  const roomId = await alice.createRoom({
    preset: 'public_chat',
    room_version: '10',
    initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }],
  });
  const server = world.scripted('evil.test');
  const [eve, second, third] = ['eve', 'second', 'third'].map((name) => new Visitor(server, 'hs1.test', name));
  await eve!.shake('knock', roomId);
  const joinRule = (join_rule: string) => alice.ok('PUT', `${roomPath(roomId)}/state/m.room.join_rules`, { join_rule });
  await joinRule('public');
  const { eventId: joined } = await eve!.join(roomId);
  // Made while that was allowed.
  const join = second!.complete(await second!.make('join', roomId));
  const leave = eve!.complete(await eve!.make('leave', roomId));
  await joinRule('knock');
  const knock = third!.complete(await third!.make('knock', roomId));
  const invite = eve!.event(
    roomId,
    'm.room.member',
    { membership: 'invite' },
    { state_key: bob.userId, prev_events: [joined] },
  );
  const said = eve!.message(roomId, 'text');
  const [room, event] = [encoded(roomId), encoded(joined)];
  const introduction = [...eve!.state.values()];
  const invited = (version: string, body: JsonObject): Promise<ServerAnswer> =>
    server.ask(
      'hs1.test',
      'PUT',
      `/_matrix/federation/${version}/invite/${room}/${encoded(invite.eventId)}`,
      JSON.stringify(body),
    );
  const calls: readonly (readonly [string, () => Promise<ServerAnswer>])[] = [
    ['make_join', () => second!.make('join', roomId)],
    ['make_leave', () => eve!.make('leave', roomId)],
    ['make_knock', () => third!.make('knock', roomId)],
    ['send_knock', () => third!.submit('knock', roomId, knock)],
    ['state', () => eve!.get(`state/${room}?event_id=${event}`)],
    ['state_ids', () => eve!.get(`state_ids/${room}?event_id=${event}`)],
    ['backfill', () => eve!.get(`backfill/${room}?v=${event}&limit=1`)],
    ['event_auth', () => eve!.get(`event_auth/${room}/${event}`)],
    ['get_missing_events', () => eve!.missing(roomId, { latest_events: [], earliest_events: [] })],
    ['timestamp_to_event', () => eve!.get(`timestamp_to_event/${room}?ts=0&dir=f`)],
    [
      'invite v2',
      () =>
        invited('v2', {
          room_version: '10',
          event: JSON.parse(invite.text) as JsonObject,
          invite_room_state: introduction,
        }),
    ],
    ['invite v1', () => invited('v1', JSON.parse(invite.text) as JsonObject)],
    ['send_join', () => second!.submit('join', roomId, join)],
    ['send_leave', () => eve!.submit('leave', roomId, leave)],
  ];
  const acl = (deny: readonly string[]) =>
    alice.ok('PUT', `${roomPath(roomId)}/state/m.room.server_acl`, { allow: ['*'], deny });
  await acl(['EVIL.*']);
  for (const [name, call] of calls) {
    const { status, json } = await call();
    assert.deepEqual([status, json['errcode']], [403, 'M_FORBIDDEN'], name);
    assert.ok(!JSON.stringify(json).includes('ed25519'), name);
  }
  const refused = (await server.transaction('hs1.test', [said.text])).json['pdus'] as Record<
    string,
    { error?: string }
  >;
  assert.equal(typeof refused[said.eventId]?.error, 'string');
  await acl([]);
  const allowed = (await server.transaction('hs1.test', [said.text])).json['pdus'];
  assert.deepEqual(Object.keys(allowed as object), [said.eventId]);
  for (const [name, call] of calls) {
    const joins = name.endsWith('_join');
    if (joins) await joinRule('public');
    const { status, json } = await call();
    // As a version 1 invite it is no event; but it is not the list that says so.
    const expected = name === 'invite v1' ? 400 : 200;
    assert.equal(status, expected, `${name}: ${JSON.stringify(json)}`);
    if (joins) await joinRule('knock');
  }
  assert.deepEqual(hs1.errors, []);
});
