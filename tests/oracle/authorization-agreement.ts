// Whether src/authorization and the oracle say the same of a room.
import { authorize, checkAuthEvents } from '../../src/authorization/authorize.ts';
import { authStateOf, type AuthState } from '../../src/authorization/auth-state.ts';
import { authEventsFor } from '../../src/authorization/selection.ts';
import type { Verdict } from '../../src/authorization/verdict.ts';
import type { Pdu } from '../../src/events/pdu.ts';
import { roomVersion } from '../../src/events/room-versions.ts';
import { judgeByAuthEvents, judgeByState } from './authorization.ts';
import { chooseAct } from './graph-act.ts';
import type { History } from './history.ts';
import { placedAct } from './placed-act.ts';
import type { RoomGraph } from './room-graph.ts';
import { domainOf, placeOf, type Ruling, type State } from './ruling.ts';
import { SeededRandom } from './seeded-random.ts';
import { placesSelected } from './selection.ts';
import { spoilt } from './spoilt-act.ts';
import { usersIn } from './visibility.ts';

/** How many further acts are tried in each room, in states of anywhere in it. */
const ACTS = 40;

/** In how many states of elsewhere in the room each event is judged too. */
const OTHER_STATES = 3;

/** Says where the two differ about an event of `graph`, whose history is `history`; undefined if nowhere. */
export function differenceInAuthorization(graph: RoomGraph, history: History): string | undefined {
  const random = new SeededRandom(graph.seed);
  for (const id of history.order) {
    const event = graph.events.get(id)!;
    const selection = differenceInSelection(graph.version, event);
    if (selection !== undefined) return selection;
    const byAuthEvents = ourVerdictByAuthEvents(history, event);
    if (byAuthEvents !== undefined) {
      const difference = compare(event, 'its auth events', byAuthEvents, judgeByAuthEvents(history.room, event));
      if (difference !== undefined) return difference;
    }
    const states = [id, ...random.some(history.order, OTHER_STATES)];
    for (const at of states) {
      const state = history.before.get(at)!;
      const ours = authorize(event, roomVersion(graph.version)!, authStateIn(history, event, state));
      const difference = compare(event, `the state before ${at}`, ours, judgeByState(history.room, event, state));
      if (difference !== undefined) return difference;
    }
  }
  return differenceOnActs(history, random);
}

/** Acts that nobody in the room did, a third of them with something in them that does not belong there. */
function differenceOnActs(history: History, random: SeededRandom): string | undefined {
  const { room } = history;
  const users = usersIn(history);
  if (users.length === 0) return undefined;
  const roomId = room.events.values().next().value!.roomId;
  for (let left = ACTS; left > 0; left--) {
    const at = random.pick(history.order);
    const state = history.after.get(at)!;
    const act = chooseAct({ random, room, state, actor: random.pick(users), users }, random.chance(0.5));
    const event = placedAct(random.chance(0.3) ? spoilt(act, room.version, random) : act, {
      version: room.version,
      id: Number(room.version) <= 2 ? `$act:${domainOf(act.sender)}` : '$act',
      roomId,
      prevEvents: [at],
      authEvents: [],
      depth: 99,
      timestamp: 0,
    });
    const ours = authorize(event, roomVersion(room.version)!, authStateIn(history, event, state));
    const difference =
      compare(event, `the state after ${at}`, ours, judgeByState(room, event, state)) ??
      differenceInSelection(room.version, event);
    if (difference !== undefined) return `${difference}\n${JSON.stringify(event.json)}`;
  }
  return undefined;
}

function compare(event: Pdu, by: string, ours: Verdict, oracle: Ruling): string | undefined {
  const told = `${event.eventId} by ${by}: ours ${JSON.stringify(ours)}, the oracle ${JSON.stringify(oracle)}`;
  if (ours.allowed !== oracle.allowed) return told;
  const sameRule = ours.allowed || Number.isNaN(Number(oracle.rule[0])) || oracle.rule.split('.')[0] === `${ours.rule}`;
  return sameRule ? undefined : told;
}

/** The auth events that we would select, as places, against those that the oracle would. */
function differenceInSelection(version: string, event: Pdu): string | undefined {
  const ours = authEventsFor(event, roomVersion(version)!)
    .map(({ type, stateKey }) => placeOf(type, stateKey))
    .sort();
  const oracle = placesSelected(version, event).sort();
  return JSON.stringify(ours) === JSON.stringify(oracle)
    ? undefined
    : `${event.eventId} selects: ours ${JSON.stringify(ours)}, the oracle ${JSON.stringify(oracle)}`;
}

/** Undefined if an auth event is not to be had: that is for the receipt to deal with. */
function ourVerdictByAuthEvents({ room }: History, event: Pdu): Verdict | undefined {
  const version = roomVersion(room.version)!;
  const received = event.authEvents.map((id) => room.events.get(id));
  if (received.includes(undefined)) return undefined;
  const authEvents = (received as Pdu[]).map((pdu) => ({ pdu, rejected: room.rejected.has(pdu.eventId) }));
  const create = version.roomIdIsCreateHash ? room.events.get(`$${event.roomId.slice(1)}`) : undefined;
  const createEvent = create === undefined ? undefined : { pdu: create, rejected: room.rejected.has(create.eventId) };
  const citations = checkAuthEvents(event, version, authEvents, createEvent);
  if (!citations.allowed) return citations;
  const state = authEvents.map(({ pdu }) => pdu);
  return authorize(event, version, authStateOf(create === undefined ? state : [create, ...state]));
}

function authStateIn({ room }: History, event: Pdu, state: State): AuthState {
  return {
    get(type, stateKey) {
      if (type === 'm.room.create' && stateKey === '' && Number(room.version) >= 12)
        return room.events.get(`$${event.roomId.slice(1)}`);
      return room.events.get(state.get(placeOf(type, stateKey)) ?? '');
    },
  };
}
