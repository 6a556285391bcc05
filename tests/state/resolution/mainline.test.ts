// What is no power event: mainline order, what stands beside it, and what takes no part.
// https://spec.matrix.org/v1.19/rooms/v2/#state-resolution
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomVersion } from '../../../src/events/room-version.ts';
import { alice, bob, charlie } from '../../authorization/people.ts';
import { between, from, only } from '../../authorization/room-versions.ts';
import { aGraph } from './graph.ts';
import { levels } from './levels.ts';

const SINCE_V2 = from(2).filter(({ eventId }) => eventId !== 'carried');
const BEFORE_V12 = between(3, 11);

function each(name: string, versions: readonly RoomVersion[], run: (version: RoomVersion) => void): void {
  for (const version of versions) test(`${name} (version ${version.id})`, () => run(version));
}

const topic = (text: string): { topic: string } => ({ topic: text });

each('of two topics the later one stands', SINCE_V2, (version) => {
  const graph = aGraph(version);
  const late = graph.must(alice.sets('m.room.topic', topic('late')), { after: ['$3'], at: 2000 });
  const early = graph.must(alice.sets('m.room.topic', topic('early')), { after: ['$3'], at: 1000 });
  assert.equal(graph.held(graph.merged(late, early), 'm.room.topic'), late);
});

each('of two topics at the same time the one with the greater id stands', SINCE_V2, (version) => {
  const graph = aGraph(version);
  graph.must(alice.sets('m.room.topic', topic('b')), { after: ['$3'], at: 1000, id: '$bbb' });
  graph.must(alice.sets('m.room.topic', topic('a')), { after: ['$3'], at: 1000, id: '$aaa' });
  assert.equal(graph.held(graph.merged('$aaa', '$bbb'), 'm.room.topic'), '$bbb');
});

each('a topic under newer levels stands over one under older, whatever their times', SINCE_V2, (version) => {
  const graph = aGraph(version);
  const old = graph.must(alice.sets('m.room.topic', topic('old')), { after: ['$3'], at: 9000 });
  const raised = graph.must(alice.ranks(levels(version, { [bob.id]: 1 })), { after: ['$3'], at: 100 });
  const fresh = graph.must(alice.sets('m.room.topic', topic('new')), { after: [raised], at: 1 });
  assert.equal(graph.held(graph.merged(old, fresh), 'm.room.topic'), fresh);
});

each('an event that cites no levels comes before all that do', BEFORE_V12, (version) => {
  const graph = aGraph(version);
  const without = graph.does(alice.sets('m.room.topic', topic('no mainline')), {
    after: ['$3'],
    at: 9000,
    citing: ['$0', '$1'],
  });
  const within = graph.must(alice.sets('m.room.topic', topic('mainline')), { after: ['$3'], at: 1 });
  assert.equal(graph.held(graph.merged(without, within), 'm.room.topic'), within);
});

each('levels that lost join the mainline where they left it', BEFORE_V12, (version) => {
  const graph = aGraph(version);
  const won = graph.must(alice.ranks(levels(version, { [bob.id]: 2 })), { after: ['$3'], at: 2000 });
  const lost = graph.must(alice.ranks(levels(version, { [bob.id]: 1 })), { after: ['$3'], at: 1000 });
  // Both rest on the first levels, the one by way of those that lost: their times decide.
  const aside = graph.must(alice.sets('m.room.topic', topic('aside')), { after: [lost], at: 50 });
  const before = graph.must(alice.sets('m.room.topic', topic('before')), { after: ['$3'], at: 100 });
  const state = graph.merged(won, aside, before);
  assert.equal(graph.held(state, 'm.room.power_levels'), won);
  assert.equal(graph.held(state, 'm.room.topic'), before);
});

each('what only one branch has comes in, if it is allowed', SINCE_V2, (version) => {
  const graph = aGraph(version);
  const join = graph.must(bob.joins(), { after: ['$3'] });
  const name = graph.must(alice.sets('m.room.name', { name: 'n' }), { after: ['$3'] });
  const state = graph.merged(join, name);
  assert.equal(graph.membership(state, bob.id), 'join');
  assert.equal(graph.held(state, 'm.room.name'), name);
});

each('twenty branches resolve as one', SINCE_V2, (version) => {
  const graph = aGraph(version);
  const ends = Array.from({ length: 20 }, (_, index) =>
    graph.must(alice.sets('com.example.state', { index }, `key${index}`), { after: ['$3'] }),
  );
  const state = graph.merged(...ends);
  for (const [index, id] of ends.entries()) assert.equal(graph.held(state, 'com.example.state', `key${index}`), id);
});

each('a key that no candidate may hold is empty', SINCE_V2, (version) => {
  const graph = aGraph(version, { [bob.id]: 50 });
  const fork = graph.must(bob.joins());
  const ban = graph.must(alice.bans(bob), { after: [fork] });
  const one = graph.must(bob.sets('m.room.topic', topic('one')), { after: [fork] });
  const two = graph.must(bob.sets('m.room.topic', topic('two')), { after: [fork] });
  assert.equal(graph.held(graph.merged(ban, one, two), 'm.room.topic'), undefined);
});

each('what was rejected by its auth events does not enter', SINCE_V2, (version) => {
  const graph = aGraph(version);
  const forged = graph.does(charlie.joins(), { after: ['$3'], rejected: 'by-auth-events' });
  const entry = { type: 'm.room.member', stateKey: charlie.id, number: graph.number(forged) };
  const claimed = graph.edit(graph.after('$3'), [entry]);
  const honest = graph.must(alice.sets('m.room.name', { name: 'n' }), { after: ['$3'] });
  const state = graph.resolve([claimed, graph.after(honest)]);
  assert.equal(graph.membership(state, charlie.id), undefined);
  assert.equal(graph.held(state, 'm.room.name'), honest);
});

each('what only the state before it forbade is judged as any other', SINCE_V2, (version) => {
  const graph = aGraph(version);
  const join = graph.does(bob.joins(), { after: ['$3'], rejected: 'by-state' });
  const entry = { type: 'm.room.member', stateKey: bob.id, number: graph.number(join) };
  const claimed = graph.edit(graph.after('$3'), [entry]);
  const honest = graph.must(alice.sets('m.room.name', { name: 'n' }), { after: ['$3'] });
  assert.equal(graph.membership(graph.resolve([claimed, graph.after(honest)]), bob.id), 'join');
});

each('an auth event stands in for what the state lacks, unless it was rejected', SINCE_V2, (version) => {
  // The topic is older than the join that it cites, and so is judged before that is part of the state.
  const make = (rejected: 'by-state' | undefined): string | undefined => {
    const graph = aGraph(version, { [bob.id]: 50 });
    const join = graph.does(bob.joins(), { after: ['$3'], at: 5000, rejected });
    const create = version.roomIdIsCreateHash ? [] : ['$0'];
    const citing = [...create, '$2', join];
    const said = graph.does(bob.sets('m.room.topic', topic('x')), { after: ['$3'], at: 1000, citing });
    return graph.held(graph.merged(said, '$3'), 'm.room.topic');
  };
  assert.equal(make(undefined), '$5');
  assert.equal(make('by-state'), undefined);
});

each('an event whose auth events are not here takes no part', SINCE_V2, (version) => {
  const graph = aGraph(version);
  const id = graph.does(alice.sets('m.room.topic', topic('x')), { after: ['$3'] });
  const number = graph.all.length;
  // Stored, but never indexed.
  graph.all.push({ number, pdu: { ...graph.all[graph.number(id)]!.pdu, eventId: '$lost' }, rejected: undefined });
  const lost = graph.edit(graph.after('$3'), [{ type: 'm.room.topic', stateKey: '', number }]);
  assert.equal(graph.held(graph.resolve([lost, graph.after(id)]), 'm.room.topic'), id);
});

each(
  'levels that are not in question make no mainline in version 12: times alone decide',
  [only(11), only(12)],
  (version) => {
    const graph = aGraph(version);
    const raised = graph.must(alice.ranks(levels(version, { [bob.id]: 1 })), { after: ['$3'], at: 100 });
    // What cites the levels stands on both branches: so they are in the auth chain of both, and not in question at all.
    const name = graph.must(alice.sets('m.room.name', { name: 'n' }), { after: [raised] });
    const create = version.roomIdIsCreateHash ? [] : ['$0'];
    const citing = [...create, '$1', '$2'];
    const old = graph.does(alice.sets('m.room.topic', topic('old')), { after: [name], at: 9000, citing });
    const fresh = graph.must(alice.sets('m.room.topic', topic('new')), { after: [name], at: 1 });
    const expected = version.stateResolution === 'v2.1' ? old : fresh;
    assert.equal(graph.held(graph.merged(old, fresh), 'm.room.topic'), expected);
  },
);
