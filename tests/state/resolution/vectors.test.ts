// The published cases of state resolution. Their event ids are symbolic, and they have neither hashes nor signatures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pdu } from '../../../src/events/pdu.ts';
import { pduOf } from '../../../src/events/read-pdu.ts';
import { roomVersion } from '../../../src/events/room-versions.ts';
import type { JsonObject } from '../../../src/spec/json.ts';
import { readVectors } from '../../vectors/read-vectors.ts';
import { Graph } from './graph.ts';

interface Case {
  readonly name: string;
  readonly mode: 'batches' | 'state_maps';
  readonly expected: string;
  readonly pdus: readonly string[];
  readonly state_maps?: readonly string[];
  readonly room_version: string;
}

interface Expected {
  readonly event_id: string;
}

const { tests } = readVectors<{ tests: readonly Case[] }>('state-res/index.json');
const read = <Shape>(file: string): Shape => readVectors<Shape>(`state-res/${file}`);

function graphOf(testCase: Case): Graph {
  const version = roomVersion(testCase.room_version);
  assert.ok(version);
  const waiting = testCase.pdus
    .flatMap((file) => read<readonly JsonObject[]>(file))
    .map((json): Pdu => pduOf(json, version, String(json['event_id'])));
  const graph = new Graph(version);
  const known = new Set<string>();
  while (waiting.length > 0) {
    const index = waiting.findIndex((pdu) => [...pdu.prevEvents, ...pdu.authEvents].every((id) => known.has(id)));
    const [pdu] = waiting.splice(index, 1);
    assert.ok(pdu !== undefined && index >= 0, 'an event refers to one that is not there');
    graph.add(pdu);
    known.add(pdu.eventId);
  }
  return graph;
}

for (const testCase of tests) {
  test(`${testCase.name} (version ${testCase.room_version})`, () => {
    const graph = graphOf(testCase);
    const expected = read<readonly Expected[]>(testCase.expected)
      .map((event) => event.event_id)
      .toSorted();
    if (testCase.mode === 'batches') {
      const covered = new Set(graph.all.flatMap(({ pdu }) => pdu.prevEvents));
      const ends = graph.all.map(({ pdu }) => pdu.eventId).filter((id) => !covered.has(id));
      assert.deepEqual(graph.ids(graph.merged(...ends)), expected);
      assert.deepEqual(graph.ids(graph.merged(...ends.toReversed())), expected);
      return;
    }
    const states = (testCase.state_maps ?? []).map((file) =>
      graph.edit(
        0,
        read<readonly string[]>(file).map((id) => {
          const number = graph.number(id);
          const { type, stateKey = '' } = graph.all[number]!.pdu;
          return { type, stateKey, number };
        }),
      ),
    );
    assert.deepEqual(graph.ids(graph.resolve(states)), expected);
    assert.deepEqual(graph.ids(graph.resolve(states.toReversed())), expected);
  });
}
