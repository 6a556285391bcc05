import { ALL, between, from, only, upTo } from './room-versions.ts';
import { alice, bob, charlie } from './people.ts';
import { TestRoom, creation, newRoom, rankedRoom, story } from './room-builder.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';
import type { JsonObject } from '../../src/spec/json.ts';

const room =
  (content = {}, users = {}) =>
  (version: RoomVersion) =>
    rankedRoom(version, content, users);
const openRoom = (joinRule: string) => (version: RoomVersion) => newRoom(version).must(alice.opens(joinRule));
const created = (version: RoomVersion) => new TestRoom(version).must(creation(alice, version));

// The shape of the event.
story('a membership is a state event', ALL, newRoom, [
  [{ type: 'm.room.member', sender: bob.id, content: { membership: 'join' } }, 'member-without-state-key'],
]);
story('a membership is of a user', ALL, newRoom, [
  [alice.puts('bob', 'invite'), 'member-state-key-not-a-user-id'],
  [alice.puts('', 'ban'), 'member-state-key-not-a-user-id'],
  [alice.puts('__proto__', 'ban'), 'member-state-key-not-a-user-id'],
]);
story('a membership event says which', ALL, newRoom, [
  [alice.sets('m.room.member', {}, bob.id), 'member-without-membership'],
  [alice.puts(bob, 'guest'), 'membership-unknown'],
  [alice.sets('m.room.member', { membership: ['join'] }, alice.id), 'membership-unknown'],
  [alice.puts(bob, 'constructor'), 'membership-unknown'],
]);

// Joining.
story('the creator joins first and unasked', ALL, created, [[alice.joins(), 'allow']]);
story('the free join follows the create event alone', ALL, created, [
  [{ ...alice.joins(), prevEvents: ['$event1', '$event1:a.example', '$other'] }, 'join-rule-needs-invite'],
  [{ ...alice.joins(), prevEvents: ['$event1:a.example', '$event1'] }, 'join-rule-needs-invite'],
  [{ ...alice.joins(), prevEvents: [] }, 'join-rule-needs-invite'],
  [{ ...alice.joins(), prevEvents: ['$other'] }, 'join-rule-needs-invite'],
]);
story('nobody else joins right after creation', ALL, created, [[bob.joins(), 'join-rule-needs-invite']]);
story('the creator gets one free join, not two', ALL, newRoom, [
  [alice.leaves(), 'allow'],
  [alice.joins(), 'join-rule-needs-invite'],
]);
const createdWith = (content: JsonObject) => (version: RoomVersion) =>
  new TestRoom(version).must(creation(alice, version, content));
story('additional creators have no free join', from(12), createdWith({ additional_creators: [bob.id] }), [
  [bob.joins(), 'join-rule-needs-invite'],
  [alice.joins(), 'allow'],
  [alice.invites(bob), 'allow'],
  [bob.joins(), 'allow'],
]);
story('up to version 10 the creator is whom the content names', upTo(10), createdWith({ creator: bob.id }), [
  [alice.joins(), 'join-rule-needs-invite'],
  [bob.joins(), 'allow'],
]);
story(
  'in version 11 the creator is the sender, whoever the content names',
  [only(11)],
  createdWith({ creator: bob.id }),
  [
    [bob.joins(), 'join-rule-needs-invite'],
    [alice.joins(), 'allow'],
  ],
);
story('nobody joins for another', ALL, openRoom('public'), [
  [alice.puts(bob, 'join'), 'join-of-another-user'],
  [bob.puts(charlie, 'join'), 'join-of-another-user'],
]);
story('everybody may join a public room', ALL, openRoom('public'), [
  [bob.joins(), 'allow'],
  [bob.joins({ displayname: 'Bob' }), 'allow'],
]);
story('a ban keeps its user out of a public room', ALL, openRoom('public'), [
  [bob.joins(), 'allow'],
  [alice.bans(bob), 'allow'],
  [bob.joins(), 'sender-banned'],
  [bob.leaves(), 'nothing-to-leave'],
  [alice.invites(bob), 'target-joined-or-banned'],
  [alice.kicks(bob), 'allow'],
  [bob.joins(), 'allow'],
]);
story('an invite-only room is joined by invitation', ALL, openRoom('invite'), [
  [bob.joins(), 'join-rule-needs-invite'],
  [alice.invites(bob), 'allow'],
  [bob.joins(), 'allow'],
  [bob.joins({ displayname: 'Bob' }), 'allow'],
]);
story('a room without join rules is joined by invitation', ALL, newRoom, [
  [bob.joins(), 'join-rule-needs-invite'],
  [alice.invites(bob), 'allow'],
  [bob.joins(), 'allow'],
]);
const unknownRules = [
  ['private', ALL],
  ['knock', upTo(6)],
  ['restricted', upTo(7)],
  ['knock_restricted', upTo(9)],
  ['', ALL],
] as const;
for (const [joinRule, versions] of unknownRules) {
  story(`nobody joins by a join rule that the version does not know: ${joinRule}`, versions, openRoom(joinRule), [
    [alice.invites(bob), 'allow'],
    [bob.joins(), 'join-rule-unknown'],
  ]);
}

// Restricted joins.
const restricted = (joinRule: string) => (version: RoomVersion) =>
  rankedRoom(version, { invite: 50 }, { [charlie.id]: 50 }).must(
    charlie.joins(),
    bob.joins(),
    bob.leaves(),
    alice.opens(joinRule),
  );
const versionsOf = { restricted: from(8), knock_restricted: from(10) };
for (const joinRule of ['restricted', 'knock_restricted'] as const) {
  const versions = versionsOf[joinRule];
  story(`a ${joinRule} join needs a member who may invite`, versions, restricted(joinRule), [
    [bob.joins(), 'join-not-authorised'],
    [bob.joins({ join_authorised_via_users_server: '@nobody:a.example' }), 'join-not-authorised'],
    [bob.joins({ join_authorised_via_users_server: bob.id }), 'join-not-authorised'],
    [bob.joins({ join_authorised_via_users_server: charlie.id }), 'allow'],
    [bob.joins({ displayname: 'Bob' }), 'allow'],
  ]);
  story(`a ${joinRule} join is not authorised by a member who may not invite`, versions, restricted(joinRule), [
    [alice.ranks({ invite: 75, users: { [charlie.id]: 50 } }), 'allow'],
    [bob.joins({ join_authorised_via_users_server: charlie.id }), 'join-not-authorised'],
  ]);
  story(
    `a ${joinRule} join is not authorised by one who has left, though of sufficient power`,
    versions,
    restricted(joinRule),
    [
      [charlie.leaves(), 'allow'],
      [bob.joins({ join_authorised_via_users_server: charlie.id }), 'join-not-authorised'],
    ],
  );
  story(`a ${joinRule} room is joined by invitation, too`, versions, restricted(joinRule), [
    [charlie.invites(bob), 'allow'],
    [bob.joins(), 'allow'],
  ]);
  story(`a ban holds in a ${joinRule} room`, versions, restricted(joinRule), [
    [alice.bans(bob), 'allow'],
    [bob.joins({ join_authorised_via_users_server: charlie.id }), 'sender-banned'],
  ]);
}
story('an authorising user is a user', from(8), openRoom('public'), [
  [bob.joins({ join_authorised_via_users_server: 'charlie' }), 'authorising-user-not-a-user-id'],
  [bob.joins({ join_authorised_via_users_server: null }), 'authorising-user-not-a-user-id'],
  [alice.puts(bob, 'invite', { join_authorised_via_users_server: 7 }), 'authorising-user-not-a-user-id'],
]);
story('an authorising user means nothing before version 8', upTo(7), openRoom('public'), [
  [bob.joins({ join_authorised_via_users_server: null }), 'allow'],
]);

// Inviting.
story('who is not in the room invites nobody', ALL, openRoom('public'), [
  [bob.invites(charlie), 'sender-not-joined'],
  [alice.invites(bob), 'allow'],
  [bob.invites(charlie), 'sender-not-joined'],
]);
story('who is in the room is not invited again', ALL, room(), [
  [bob.joins(), 'allow'],
  [alice.invites(bob), 'target-joined-or-banned'],
]);
story('every member may invite by default', ALL, room(), [
  [bob.joins(), 'allow'],
  [bob.invites(charlie), 'allow'],
]);
story('inviting needs the invite level', ALL, room({ invite: 30 }, { [bob.id]: 30 }), [
  [bob.joins(), 'allow'],
  [charlie.joins(), 'allow'],
  [charlie.puts('@dave:d.example', 'invite'), 'below-invite-level'],
  [bob.puts('@dave:d.example', 'invite'), 'allow'],
]);

// Leaving, kicking, lifting bans.
story('who is in, or invited, may leave', ALL, room(), [
  [bob.leaves(), 'nothing-to-leave'],
  [bob.joins(), 'allow'],
  [bob.leaves(), 'allow'],
  [bob.leaves(), 'nothing-to-leave'],
  [alice.invites(bob), 'allow'],
  [bob.leaves(), 'allow'],
]);
story('who is not in the room kicks nobody', ALL, room({}, { [charlie.id]: 50 }), [
  [bob.joins(), 'allow'],
  [charlie.kicks(bob), 'sender-not-joined'],
]);
story('kicking needs the kick level', ALL, room({ kick: 30 }, { [bob.id]: 29, [charlie.id]: 30 }), [
  [bob.joins(), 'allow'],
  [charlie.joins(), 'allow'],
  [bob.kicks(charlie), 'below-kick-level'],
  [charlie.kicks(bob), 'allow'],
]);
story('nobody kicks an equal or a superior', ALL, room({}, { [bob.id]: 50, [charlie.id]: 50 }), [
  [bob.joins(), 'allow'],
  [charlie.joins(), 'allow'],
  [bob.kicks(charlie), 'target-not-below-sender'],
  [bob.kicks(alice), 'target-not-below-sender'],
]);
story('lifting a ban needs the ban level and the kick level', ALL, room({ kick: 30, ban: 60 }, { [bob.id]: 50 }), [
  [bob.joins(), 'allow'],
  [alice.bans(charlie), 'allow'],
  [bob.kicks(charlie), 'below-ban-level'],
  [alice.kicks(charlie), 'allow'],
]);
story('the ban level and the kick level are enough to lift a ban', ALL, room({ kick: 50, ban: 50 }, { [bob.id]: 50 }), [
  [bob.joins(), 'allow'],
  [bob.bans(charlie), 'allow'],
  [bob.kicks(charlie), 'allow'],
]);
story(
  'lifting a ban needs the kick level, though the ban level is lower',
  ALL,
  room({ kick: 60, ban: 30 }, { [bob.id]: 50 }),
  [
    [bob.joins(), 'allow'],
    [bob.bans(charlie), 'allow'],
    [bob.kicks(charlie), 'below-kick-level'],
  ],
);
story('an invitation is withdrawn by a kick', ALL, room({}, { [bob.id]: 50 }), [
  [bob.joins(), 'allow'],
  [alice.invites(charlie), 'allow'],
  [bob.kicks(charlie), 'allow'],
  [charlie.leaves(), 'nothing-to-leave'],
]);

// Banning.
story('who is not in the room bans nobody', ALL, room({}, { [bob.id]: 50 }), [
  [bob.bans(charlie), 'sender-not-joined'],
]);
story('banning needs the ban level', ALL, room({ ban: 30 }, { [bob.id]: 29, [charlie.id]: 30 }), [
  [bob.joins(), 'allow'],
  [charlie.joins(), 'allow'],
  [bob.bans(charlie), 'below-ban-level'],
  [charlie.bans(bob), 'allow'],
]);
story('nobody bans an equal or a superior', ALL, room({}, { [bob.id]: 50, [charlie.id]: 50 }), [
  [bob.joins(), 'allow'],
  [bob.bans(charlie), 'target-not-below-sender'],
  [bob.bans(alice), 'target-not-below-sender'],
  [bob.bans(bob), 'target-not-below-sender'],
]);
story('who was never there can be banned', ALL, room(), [
  [alice.bans(bob), 'allow'],
  [bob.joins(), 'sender-banned'],
]);
const twoCreators = (version: RoomVersion) =>
  createdWith({ additional_creators: [bob.id] })(version).must(alice.joins(), alice.opens('public'), bob.joins());
story('creators neither kick nor ban each other, and nobody else does', from(12), twoCreators, [
  [alice.ranks({ users: { [charlie.id]: Number.MAX_SAFE_INTEGER } }), 'allow'],
  [charlie.joins(), 'allow'],
  [alice.kicks(bob), 'target-not-below-sender'],
  [bob.bans(alice), 'target-not-below-sender'],
  [charlie.kicks(bob), 'target-not-below-sender'],
  [charlie.bans(alice), 'target-not-below-sender'],
  [bob.bans(charlie), 'allow'],
]);

// Knocking.
story('there is no knocking before version 7', upTo(6), openRoom('knock'), [[bob.knocks(), 'membership-unknown']]);
const knockedAt = (version: RoomVersion) => {
  const knocked = openRoom('knock')(version);
  knocked.events.push(knocked.draft(bob.knocks()));
  return knocked;
};
story('a knock that came in all the same is not withdrawn before version 7', upTo(6), knockedAt, [
  [bob.leaves(), 'nothing-to-leave'],
]);
for (const [joinRule, versions] of [
  ['knock', from(7)],
  ['knock_restricted', from(10)],
] as const) {
  story(`a ${joinRule} room is knocked at, answered, and joined`, versions, openRoom(joinRule), [
    [bob.knocks(), 'allow'],
    [bob.knocks(), 'allow'],
    [bob.joins(), joinRule === 'knock' ? 'join-rule-needs-invite' : 'join-not-authorised'],
    [alice.invites(bob), 'allow'],
    [bob.knocks(), 'knock-by-member'],
    [bob.joins(), 'allow'],
    [bob.knocks(), 'knock-by-member'],
  ]);
  story(`a knock at a ${joinRule} room is withdrawn or declined`, versions, openRoom(joinRule), [
    [bob.knocks(), 'allow'],
    [bob.leaves(), 'allow'],
    [bob.knocks(), 'allow'],
    [alice.kicks(bob), 'allow'],
    [bob.knocks(), 'allow'],
    [alice.bans(bob), 'allow'],
    [bob.knocks(), 'knock-by-member'],
  ]);
  story(`nobody knocks for another at a ${joinRule} room`, versions, openRoom(joinRule), [
    [bob.puts(charlie, 'knock'), 'knock-of-another-user'],
  ]);
}
for (const joinRule of ['public', 'invite', 'restricted', 'private']) {
  story(`a ${joinRule} room is not knocked at`, from(7), openRoom(joinRule), [
    [bob.knocks(), 'join-rule-forbids-knock'],
  ]);
}
story('knock_restricted is no rule to knock by before version 10', between(7, 9), openRoom('knock_restricted'), [
  [bob.knocks(), 'join-rule-forbids-knock'],
]);
