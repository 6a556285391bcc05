// Random graphs: people of several servers who do what the state before them allows, on branches that meet now and then.
import fc from 'fast-check';
import { authorize } from '../../../src/authorization/authorize.ts';
import type { RoomVersion } from '../../../src/events/room-version.ts';
import { roomVersion } from '../../../src/events/room-versions.ts';
import { alice, bob, charlie, Person, type Deed } from '../../authorization/people.ts';
import { Graph, aGraph } from './graph.ts';
import { levels } from './levels.ts';

const PEOPLE = [alice, bob, charlie, new Person('dora', 'd.example'), new Person('eve', 'e.example')];

export interface Step {
  readonly actor: number;
  readonly target: number;
  readonly deed: number;
  /** Which of the last events it follows. */
  readonly after: readonly number[];
  readonly at: number;
}

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    actor: fc.nat(PEOPLE.length - 1),
    target: fc.nat(PEOPLE.length - 1),
    deed: fc.nat(10),
    after: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
    at: fc.nat(20),
  }),
  { minLength: 3, maxLength: 40 },
);

export const versions: fc.Arbitrary<RoomVersion> = fc
  .constantFrom('1', '3', '6', '10', '11', '12')
  .map((id) => roomVersion(id) ?? roomVersion('12'))
  .filter((version) => version !== undefined);

/** Grows a graph. What the state before a deed forbids is left out; what its auth events forbid cannot be made. */
export function grow(version: RoomVersion, story: readonly Step[]): Graph {
  const graph = aGraph(version, { [bob.id]: 100, [charlie.id]: 50 });
  for (const step of story) {
    const recent = graph.all.slice(-6).map(({ pdu }) => pdu.eventId);
    const after = [...new Set(step.after.map((index) => recent[index % recent.length] ?? ''))];
    const deed = deedOf(version, step);
    const before = graph.merged(...after);
    const draft = {
      ...graph.all[0]!.pdu,
      ...deed,
      eventId: '$draft:a.example',
      prevEvents: after,
      authEvents: [],
      redacts: undefined,
    };
    const state = { get: (type: string, stateKey: string) => graph.pduIn(before, type, stateKey) };
    if (authorize({ ...draft, stateKey: deed.stateKey }, version, state).allowed)
      graph.does(deed, { after, at: step.at });
  }
  return graph;
}

function deedOf(version: RoomVersion, { actor: by, target: to, deed, at }: Step): Deed {
  const [actor, target] = [PEOPLE[by]!, PEOPLE[to]!];
  switch (deed) {
    case 0:
    case 1:
      return actor.joins();
    case 2:
      return actor.kicks(target);
    case 3:
      return actor.bans(target);
    case 4:
      return actor.opens(at % 2 === 0 ? 'invite' : 'public');
    case 5:
      return actor.ranks(
        levels(version, { [bob.id]: 100, [charlie.id]: 50, [target.id]: target === alice ? 100 : at * 5 }),
      );
    case 6:
      return actor.leaves();
    case 7:
      return actor.invites(target);
    case 8:
      return actor.sets('com.example.state', { at }, target.id === actor.id ? actor.id : '');
    default:
      return actor.sets('m.room.topic', { topic: String(at) });
  }
}

/** The ends of the graph's branches. */
export function endsOf(graph: Graph): string[] {
  const covered = new Set(graph.all.flatMap(({ pdu }) => pdu.prevEvents));
  return graph.all.map(({ pdu }) => pdu.eventId).filter((id) => !covered.has(id));
}
