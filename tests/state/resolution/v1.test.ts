// State resolution of room version 1. https://spec.matrix.org/v1.19/rooms/v1/#state-resolution
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { alice, bob } from '../../authorization/people.ts';
import { only } from '../../authorization/room-versions.ts';
import { aGraph, type Graph } from './graph.ts';

const VERSION = only(1);
const FORK = '$3:a.example';
const ranks = (users: Record<string, number>): Record<string, Record<string, number>> => ({
  users: { [alice.id]: 100, ...users },
});

function room(users: Record<string, number> = {}): Graph {
  return aGraph(VERSION, users);
}

/** Two ids of the same server, the one with the lower SHA-1 first. */
function byHash(): [string, string] {
  const sha1 = (id: string): string => createHash('sha1').update(id).digest('hex');
  const [one, other] = ['$one:a.example', '$other:a.example'];
  return sha1(one) < sha1(other) ? [one, other] : [other, one];
}

test('a key that only one branch has is no conflict: it stands without being judged', () => {
  const graph = room({ [bob.id]: 50 });
  const join = graph.must(bob.joins());
  const ban = graph.must(alice.bans(bob), { after: [join] });
  const topic = graph.must(bob.sets('m.room.topic', { topic: 'x' }), { after: [join] });
  const state = graph.merged(ban, topic);
  assert.equal(graph.held(state, 'm.room.topic'), topic);
});

test('of two topics the deeper one stands, whatever their times', () => {
  const graph = room();
  const deep = graph.must(alice.sets('m.room.topic', { topic: 'deep' }), { after: [FORK], depth: 20, at: 1 });
  const shallow = graph.must(alice.sets('m.room.topic', { topic: 'shallow' }), { after: [FORK], depth: 10, at: 2 });
  assert.equal(graph.held(graph.merged(deep, shallow), 'm.room.topic'), deep);
});

test('of two topics of one depth the one whose id has the lower SHA-1 stands', () => {
  const graph = room();
  const [low, high] = byHash();
  graph.must(alice.sets('m.room.topic', { topic: 'h' }), { after: [FORK], depth: 10, id: high });
  graph.must(alice.sets('m.room.topic', { topic: 'l' }), { after: [FORK], depth: 10, id: low });
  assert.equal(graph.held(graph.merged(high, low), 'm.room.topic'), low);
});

test('a deeper topic that is not allowed gives way to the next', () => {
  const graph = room({ [bob.id]: 50 });
  const join = graph.must(bob.joins());
  const first = graph.must(alice.sets('m.room.topic', { topic: 'first' }), { after: [join], depth: 10 });
  const demotion = graph.must(alice.ranks(ranks({ [bob.id]: 0 })), { after: [first], depth: 11 });
  const his = graph.must(bob.sets('m.room.topic', { topic: 'his' }), { after: [join], depth: 20 });
  // The levels are in conflict with what Bob’s branch has: the first of them stands, then the demotion is allowed by it.
  assert.equal(graph.held(graph.merged(demotion, his), 'm.room.topic'), first);
});

test('if no topic is allowed there is none', () => {
  const graph = room({ [bob.id]: 50 });
  const join = graph.must(bob.joins());
  const ban = graph.must(alice.bans(bob), { after: [join], depth: 10 });
  const one = graph.must(bob.sets('m.room.topic', { topic: 'one' }), { after: [join], depth: 11 });
  const two = graph.must(bob.sets('m.room.topic', { topic: 'two' }), { after: [join], depth: 12 });
  const state = graph.merged(ban, one, two);
  assert.equal(graph.membership(state, bob.id), 'ban');
  assert.equal(graph.held(state, 'm.room.topic'), undefined);
});

test('changes of levels stand one on the other from the shallowest on', () => {
  const graph = room();
  const shallow = graph.must(alice.ranks(ranks({ [bob.id]: 10 })), { after: [FORK], depth: 10 });
  const deep = graph.must(alice.ranks(ranks({ [bob.id]: 20 })), { after: [FORK], depth: 11 });
  assert.equal(graph.held(graph.merged(shallow, deep), 'm.room.power_levels'), deep);
});

test('changes of levels of one depth are taken by descending SHA-1 of their ids: the lowest stands last', () => {
  const graph = room();
  const [low, high] = byHash();
  graph.must(alice.ranks(ranks({ [bob.id]: 10 })), { after: [FORK], depth: 10, id: low });
  graph.must(alice.ranks(ranks({ [bob.id]: 20 })), { after: [FORK], depth: 10, id: high });
  assert.equal(graph.held(graph.merged(low, high), 'm.room.power_levels'), low);
});

test('at the first change of levels that is not allowed the rest is left out', () => {
  const graph = room({ [bob.id]: 100 });
  const join = graph.must(bob.joins());
  const resigned = graph.must(alice.ranks({ users: { [alice.id]: 0, [bob.id]: 100 } }), { after: [join], depth: 10 });
  const hers = graph.must(alice.ranks(ranks({ [bob.id]: 100, '@c:a.example': 1 })), { after: [join], depth: 11 });
  const his = graph.must(bob.ranks(ranks({ [bob.id]: 100, '@c:a.example': 2 })), { after: [join], depth: 12 });
  // Alice, who has resigned, may not raise herself; what Bob did is then not asked any more.
  assert.equal(graph.held(graph.merged(resigned, hers, his), 'm.room.power_levels'), resigned);
  assert.equal(graph.held(graph.merged(resigned, his), 'm.room.power_levels'), his);
});

test('levels decide about join rules, and join rules about joins', () => {
  const graph = room();
  const close = graph.must(alice.opens('invite'), { after: [FORK], depth: 10 });
  const join = graph.must(bob.joins(), { after: [FORK], depth: 10 });
  const left = graph.must(bob.leaves(), { after: [join], depth: 11 });
  const back = graph.must(bob.joins(), { after: [left], depth: 12 });
  const kicked = graph.must(alice.kicks(bob), { after: [join], depth: 11 });
  const closed = graph.must(alice.opens('invite'), { after: [kicked], depth: 12 });
  assert.ok(close);
  const state = graph.merged(back, closed);
  // By depth: the kick, then the new join, which the closed room does not allow.
  assert.equal(graph.membership(state, bob.id), 'leave');
  assert.equal(graph.held(state, 'm.room.join_rules'), closed);
});
