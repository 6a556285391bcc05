// A resolution costs what the conflict costs: what is read does not grow with the room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alice, bob, Person } from '../../authorization/people.ts';
import { between, only } from '../../authorization/room-versions.ts';
import { aGraph, type Graph } from './graph.ts';
import { levels } from './levels.ts';

interface Reads {
  readonly events: number;
  readonly index: number;
  readonly nodes: number;
}

/** A room of so many members, in which two branches differ in a topic, a ban and the levels. */
function reads(graph: Graph, members: number): Reads {
  const people = Array.from({ length: members }, (_, index) => new Person(`user${index}`, 'd.example'));
  graph.must(bob.joins());
  for (const person of people) graph.must(person.joins());
  const fork = graph.all.at(-1)!.pdu.eventId;
  const ban = graph.must(alice.bans(people[3]!), { after: [fork] });
  const one = graph.must(alice.sets('m.room.topic', { topic: 'one' }), { after: [ban] });
  const raised = graph.must(alice.ranks(levels(graph.version, { [bob.id]: 60 })), { after: [fork] });
  const two = graph.must(bob.sets('m.room.topic', { topic: 'two' }), { after: [raised] });
  graph.eventsRead = 0;
  graph.store.reads = 0;
  graph.chains.forget();
  graph.map.forget();
  graph.rows.reads.length = 0;
  graph.merged(one, two);
  return { events: graph.eventsRead, index: graph.store.reads, nodes: graph.rows.reads.length };
}

for (const version of [...between(10, 11), only(12)]) {
  test(`a room with ten times the members is resolved with the same reads (version ${version.id})`, () => {
    const small = reads(aGraph(version, { [bob.id]: 50 }), 150);
    const large = reads(aGraph(version, { [bob.id]: 50 }), 1500);
    assert.equal(large.events, small.events);
    assert.equal(large.index, small.index);
    assert.ok(large.nodes <= small.nodes + 40, `${large.nodes} rows of nodes, ${small.nodes} in the small room`);
  });
}
