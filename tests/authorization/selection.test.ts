import { test } from 'node:test';
import assert from 'node:assert/strict';
import { authEventsFor } from '../../src/authorization/selection.ts';
import type { EventDraft } from '../../src/authorization/selection.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';
import { alice, bob, charlie } from './people.ts';
import { ALL, from, upTo } from './room-versions.ts';

/** What `draft` cites beside the create event, as `type|state key`. */
function cites(draft: EventDraft, version: RoomVersion): string[] {
  const selected = authEventsFor(draft, version).map(
    ({ type, stateKey }) => `${type.replace('m.room.', '')}|${stateKey}`,
  );
  const expectedFirst = version.roomIdIsCreateHash ? 'power_levels|' : 'create|';
  assert.equal(selected[0], expectedFirst);
  return selected.filter((address) => address !== 'create|');
}

function selects(name: string, versions: readonly RoomVersion[], draft: EventDraft, expected: readonly string[]): void {
  for (const version of versions)
    test(`${name} (version ${version.id})`, () => assert.deepEqual(cites(draft, version), expected));
}

const thirdParty = { third_party_invite: { signed: { token: 'token', mxid: bob.id } } };
const byCharlie = { join_authorised_via_users_server: charlie.id };

test('the create event cites nothing', () => {
  for (const version of ALL) assert.deepEqual(authEventsFor(alice.sets('m.room.create', {}), version), []);
});
test('the create event is cited up to version 11 and never from version 12 on', () => {
  const citesCreate = (version: RoomVersion) =>
    authEventsFor(alice.says('hello'), version).some(({ type }) => type === 'm.room.create');
  assert.ok(upTo(11).every(citesCreate));
  assert.ok(!from(12).some(citesCreate));
});

selects('a message cites power levels and its sender', ALL, alice.says('hello'), [
  'power_levels|',
  `member|${alice.id}`,
]);
selects('state cites power levels and its sender', ALL, alice.opens('public'), ['power_levels|', `member|${alice.id}`]);
const topic = alice.sets('m.room.topic', { membership: 'join', ...byCharlie }, bob.id);
selects('content of memberships in other types means nothing', ALL, topic, ['power_levels|', `member|${alice.id}`]);
selects('a join cites the join rules, and its sender once', ALL, bob.joins(), [
  'power_levels|',
  `member|${bob.id}`,
  'join_rules|',
]);
selects('a knock cites the join rules', ALL, bob.knocks(), ['power_levels|', `member|${bob.id}`, 'join_rules|']);
selects('an invitation cites its target and the join rules', ALL, alice.invites(bob), [
  'power_levels|',
  `member|${alice.id}`,
  `member|${bob.id}`,
  'join_rules|',
]);
selects('a kick cites its target', ALL, alice.kicks(bob), ['power_levels|', `member|${alice.id}`, `member|${bob.id}`]);
selects('a ban cites its target', ALL, alice.bans(bob), ['power_levels|', `member|${alice.id}`, `member|${bob.id}`]);
selects('an invitation of a third party cites it', ALL, alice.puts(bob, 'invite', thirdParty), [
  'power_levels|',
  `member|${alice.id}`,
  `member|${bob.id}`,
  'join_rules|',
  'third_party_invite|token',
]);
selects('only invitations cite third parties', ALL, bob.joins(thirdParty), [
  'power_levels|',
  `member|${bob.id}`,
  'join_rules|',
]);
selects('an authorised join cites who authorised it from version 8 on', from(8), bob.joins(byCharlie), [
  'power_levels|',
  `member|${bob.id}`,
  'join_rules|',
  `member|${charlie.id}`,
]);
selects('who authorised a join means nothing before version 8', upTo(7), bob.joins(byCharlie), [
  'power_levels|',
  `member|${bob.id}`,
  'join_rules|',
]);
selects('only joins cite who authorised them', ALL, alice.puts(bob, 'invite', byCharlie), [
  'power_levels|',
  `member|${alice.id}`,
  `member|${bob.id}`,
  'join_rules|',
]);
for (const wrong of [null, 1, true, [], {}, [charlie.id]]) {
  const authorised = alice.puts(bob, 'join', { join_authorised_via_users_server: wrong });
  selects(`malformed members select nothing: ${JSON.stringify(wrong)}`, ALL, authorised, [
    'power_levels|',
    `member|${alice.id}`,
    `member|${bob.id}`,
    'join_rules|',
  ]);
  const bound = alice.puts(bob, 'invite', { third_party_invite: { signed: { token: wrong } } });
  selects(`malformed tokens select nothing: ${JSON.stringify(wrong)}`, ALL, bound, [
    'power_levels|',
    `member|${alice.id}`,
    `member|${bob.id}`,
    'join_rules|',
  ]);
}
