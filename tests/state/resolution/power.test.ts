// Power events, and who wins where they meet. https://spec.matrix.org/v1.19/rooms/v2/#state-resolution
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomVersion } from '../../../src/events/room-version.ts';
import { alice, bob, charlie } from '../../authorization/people.ts';
import { between, from, only } from '../../authorization/room-versions.ts';
import { aGraph } from './graph.ts';
import { levels } from './levels.ts';

const SINCE_V2 = from(2).filter(({ eventId }) => eventId !== 'carried');

function each(name: string, versions: readonly RoomVersion[], run: (version: RoomVersion) => void): void {
  for (const version of versions) test(`${name} (version ${version.id})`, () => run(version));
}

each('a ban beats a concurrent change of the join rule by who is banned', SINCE_V2, (version) => {
  const graph = aGraph(version, { [bob.id]: 50 });
  const fork = graph.must(bob.joins());
  const ban = graph.must(alice.bans(bob), { after: [fork], at: 2000 });
  const rule = graph.must(bob.opens('invite'), { after: [fork], at: 1000 });
  const state = graph.merged(ban, rule);
  assert.equal(graph.membership(state, bob.id), 'ban');
  assert.equal(graph.pduIn(state, 'm.room.join_rules', '')?.content['join_rule'], 'public');
});

each('a ban beats a change of levels by who is banned', SINCE_V2, (version) => {
  const graph = aGraph(version, { [bob.id]: 50 });
  const fork = graph.must(bob.joins());
  const rise = graph.must(bob.ranks(levels(version, { [bob.id]: 50, [charlie.id]: 40 })), { after: [fork], at: 1000 });
  const ban = graph.must(alice.bans(bob), { after: [fork], at: 2000 });
  const state = graph.merged(rise, ban);
  assert.equal(graph.membership(state, bob.id), 'ban');
  assert.equal(graph.held(state, 'm.room.power_levels'), '$2');
});

each('what somebody said beside being kicked does not stand, though it was earlier', SINCE_V2, (version) => {
  const graph = aGraph(version, { [bob.id]: 90, [charlie.id]: 60 });
  graph.must(bob.joins());
  const fork = graph.must(charlie.joins());
  const kick = graph.must(bob.kicks(charlie), { after: [fork], at: 2000 });
  const topic = graph.must(charlie.sets('m.room.topic', { topic: 'x' }), { after: [fork], at: 1000 });
  const state = graph.merged(kick, topic);
  assert.equal(graph.membership(state, charlie.id), 'leave');
  assert.equal(graph.held(state, 'm.room.topic'), undefined);
});

each('leaving is no power event: what was said before it in time stays', SINCE_V2, (version) => {
  const graph = aGraph(version, { [bob.id]: 50 });
  const fork = graph.must(bob.joins());
  const topic = graph.must(bob.sets('m.room.topic', { topic: 'last words' }), { after: [fork], at: 1000 });
  const leave = graph.must(bob.leaves(), { after: [fork], at: 2000 });
  const state = graph.merged(topic, leave);
  assert.equal(graph.membership(state, bob.id), 'leave');
  assert.equal(graph.held(state, 'm.room.topic'), topic);
});

each('a join under a rule that was closed beside it does not stand', SINCE_V2, (version) => {
  const graph = aGraph(version);
  const close = graph.must(alice.opens('invite'), { after: ['$3'], at: 2000 });
  const join = graph.must(bob.joins(), { after: ['$3'], at: 1000 });
  const state = graph.merged(close, join);
  assert.equal(graph.held(state, 'm.room.join_rules'), close);
  assert.equal(graph.membership(state, bob.id), undefined);
});

each('of two changes of levels by equals the later one stands', SINCE_V2, (version) => {
  const graph = aGraph(version);
  const late = graph.must(alice.ranks(levels(version, { [bob.id]: 10 })), { after: ['$3'], at: 2000 });
  const early = graph.must(alice.ranks(levels(version, { [bob.id]: 20 })), { after: ['$3'], at: 1000 });
  assert.equal(graph.held(graph.merged(late, early), 'm.room.power_levels'), late);
});

each('changes of levels at the same time are ordered by their ids', SINCE_V2, (version) => {
  const graph = aGraph(version);
  graph.must(alice.ranks(levels(version, { [bob.id]: 20 })), { after: ['$3'], at: 1000, id: '$bbb' });
  graph.must(alice.ranks(levels(version, { [bob.id]: 10 })), { after: ['$3'], at: 1000, id: '$aaa' });
  assert.equal(graph.held(graph.merged('$aaa', '$bbb'), 'm.room.power_levels'), '$bbb');
});

each('ids are compared by code point, not by UTF-16 unit', SINCE_V2, (version) => {
  const graph = aGraph(version);
  const [lower, higher] = ['$\uff5e', '$\u{1f408}'];
  graph.must(alice.ranks(levels(version, { [bob.id]: 20 })), { after: ['$3'], at: 1000, id: higher });
  graph.must(alice.ranks(levels(version, { [bob.id]: 10 })), { after: ['$3'], at: 1000, id: lower });
  assert.equal(graph.held(graph.merged(lower, higher), 'm.room.power_levels'), higher);
});

each('who has more power is judged first, whatever the times', SINCE_V2, (version) => {
  const graph = aGraph(version, { [bob.id]: 50 });
  const fork = graph.must(bob.joins());
  const hers = graph.must(alice.ranks(levels(version, {})), { after: [fork], at: 9000 });
  const his = graph.must(bob.opens('invite'), { after: [fork], at: 1000 });
  const state = graph.merged(hers, his);
  assert.equal(graph.held(state, 'm.room.power_levels'), hers);
  assert.equal(graph.held(state, 'm.room.join_rules'), '$3');
});

test('a creator’s power sorts before the greatest level that can be written (version 12)', () => {
  const version = only(12);
  const graph = aGraph(version, { [bob.id]: Number.MAX_SAFE_INTEGER });
  const fork = graph.must(bob.joins());
  const his = graph.must(bob.opens('invite'), { after: [fork], at: 1000 });
  const hers = graph.must(alice.ranks({ users: { [bob.id]: 0 } }), { after: [fork], at: 9000 });
  const state = graph.merged(his, hers);
  assert.equal(graph.held(state, 'm.room.join_rules'), '$3');
  assert.equal(graph.held(state, 'm.room.power_levels'), hers);
});

each('a sender’s power is what the event’s own auth events say', between(3, 11), (version) => {
  const graph = aGraph(version, { [bob.id]: 100 });
  const fork = graph.must(bob.joins());
  // Alice as creator has 100 without citing levels, Bob nothing: hers, though later, is judged first, and his stands last.
  const his = graph.does(bob.opens('invite'), { after: [fork], at: 1000, citing: ['$0', fork] });
  const hers = graph.does(alice.opens('knock'), { after: [fork], at: 2000, citing: ['$0', '$1'] });
  assert.equal(graph.held(graph.merged(his, hers), 'm.room.join_rules'), his);
});

test('the create event of a version 12 room authorises although nobody cites it', () => {
  const graph = aGraph(only(12));
  const one = graph.must(alice.sets('m.room.topic', { topic: 'one' }), { after: ['$3'], at: 1000 });
  const two = graph.must(alice.sets('m.room.topic', { topic: 'two' }), { after: ['$3'], at: 2000 });
  assert.ok(!graph.all.some(({ pdu }) => pdu.authEvents.includes('$0')));
  const state = graph.merged(one, two);
  assert.equal(graph.held(state, 'm.room.topic'), two);
  assert.equal(graph.held(state, 'm.room.create'), '$0');
});

each('what a merge undid does not come back by a second one', SINCE_V2, (version) => {
  const graph = aGraph(version, { [bob.id]: 50 });
  const fork = graph.must(bob.joins());
  const ban = graph.must(alice.bans(bob), { after: [fork] });
  const evil = graph.must(bob.sets('m.room.name', { name: 'mine' }), { after: [fork] });
  graph.does(alice.says('first merge'), { after: [ban, evil], id: '$merge' });
  const more = graph.must(bob.sets('m.room.topic', { topic: 'mine' }), { after: [evil] });
  const state = graph.merged('$merge', more);
  assert.equal(graph.held(state, 'm.room.name'), undefined);
  assert.equal(graph.held(state, 'm.room.topic'), undefined);
  assert.equal(graph.membership(state, bob.id), 'ban');
});
