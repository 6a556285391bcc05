// The oracles against what others published: cases of state resolution, and a whole room of version 12.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventIdOf } from '../../src/events/event-id.ts';
import type { Pdu } from '../../src/events/pdu.ts';
import { pduOf } from '../../src/events/read-pdu.ts';
import { roomVersion } from '../../src/events/room-versions.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { readLines, readVectors } from '../vectors/read-vectors.ts';
import { forwardExtremities, historyOf, oracleState, resolveStates, stateAt } from './history.ts';
import { placeOf, type State } from './ruling.ts';

interface Case {
  readonly name: string;
  readonly mode: 'batches' | 'state_maps';
  readonly comment: string;
  readonly expected: string;
  readonly pdus: readonly string[];
  readonly state_maps?: readonly string[];
  readonly room_version: string;
}

interface Expected {
  readonly type: string;
  readonly state_key: string;
  readonly event_id: string;
}

const read = <Shape>(file: string): Shape => readVectors<Shape>(`state-res/${file}`);

function eventsOf({ pdus, room_version }: Case): Map<string, Pdu> {
  const objects = pdus.flatMap((file) => read<JsonObject[]>(file));
  return new Map(
    objects.map((json) => {
      const id = json['event_id'] as string;
      return [id, pduOf(json, roomVersion(room_version)!, id)];
    }),
  );
}

const inOrder = (state: State): [string, string][] => [...state].sort();

describe('the oracle resolves the published cases', () => {
  for (const wanted of read<{ tests: Case[] }>('index.json').tests) {
    test(`${wanted.name}: ${wanted.comment}`, () => {
      const events = eventsOf(wanted);
      const expected = new Map(
        read<Expected[]>(wanted.expected).map(({ type, state_key, event_id }) => [placeOf(type, state_key), event_id]),
      );
      const history = historyOf(wanted.room_version, events);
      if (wanted.mode === 'batches') {
        assert.deepEqual([...history.room.rejected], []);
        assert.deepEqual(inOrder(stateAt(history, forwardExtremities(history))), inOrder(expected));
        return;
      }
      const states = wanted.state_maps!.map(
        (file) =>
          new Map(
            read<string[]>(file).map((id) => {
              const event = events.get(id)!;
              return [placeOf(event.type, event.stateKey!), id];
            }),
          ),
      );
      assert.deepEqual(inOrder(resolveStates(history.room, states)), inOrder(expected));
    });
  }
});

test('the oracle accepts every event of a real room of version 12', () => {
  const version = roomVersion('12')!;
  const events = new Map(
    readLines('testroom-v12-success.jsonl').map((line) => {
      const json = JSON.parse(line) as JsonObject;
      const id = eventIdOf(json, version);
      return [id, pduOf(json, version, id)] as const;
    }),
  );
  const history = historyOf('12', events);
  assert.equal(history.order.length, 21);
  assert.deepEqual([...history.room.rejected], []);
  assert.deepEqual(
    inOrder(oracleState('12', events, [[...events.keys()].at(-1)!])),
    inOrder(history.after.get([...events.keys()].at(-1)!)!),
  );
});
