// S1, S3, V1 and V2: who is let in, what is kept, where everybody ends.
import { judgeByAuthEvents } from '../../oracle/authorization.ts';
import { pastOf, stateAt } from '../../oracle/history.ts';
import { membershipOf } from '../../oracle/member-rules.ts';
import type { State } from '../../oracle/ruling.ts';
import type { Case, Place } from './judge.ts';
import type { SignedBy } from './signed-by.ts';
import { serverOf } from './wire.ts';

/** S1: what a server accepted is signed by its sender's server, and allowed by its auth events and the state before it. */
export function judgeAuthority({ places, history, deceived, complain }: Case, isSignedBy: SignedBy): void {
  for (const { server, kept, state, member } of places) {
    for (const [id, { pdu, verdict, outlier, reason }] of kept.events) {
      const told = `${id} (${pdu.type} of ${pdu.sender})`;
      // How a server remembers that a user of its own is out of a room that it is not in: nobody else is ever shown it.
      if (
        outlier &&
        pdu.prevEvents.length === 0 &&
        serverOf(pdu.sender) === server.name &&
        pdu.type === 'm.room.member'
      )
        continue;
      if (verdict !== 'rejected' && !isSignedBy(pdu, serverOf(pdu.sender), kept.version))
        complain(`S1: ${server.name} has accepted ${told}, which ${serverOf(pdu.sender)} did not sign`);
      const ruling = history.rulings.get(id);
      if (verdict !== 'rejected') {
        const byAuthEvents = judgeByAuthEvents(history.room, pdu);
        if (!byAuthEvents.allowed)
          complain(`S1: ${server.name} has accepted ${told} against rule ${byAuthEvents.rule} by its auth events`);
        else if (ruling?.allowed === false && !outlier && !deceived)
          complain(`S1: ${server.name} has accepted ${told} against rule ${ruling.rule} by the state before it`);
      } else if (ruling?.allowed === true && !outlier && !deceived && member !== undefined)
        complain(`V2: ${server.name} has rejected ${told}, which is allowed: ${reason}`);
    }
    for (const { event_id: id, type } of state.values())
      if (!kept.events.has(id) || (!deceived && kept.events.get(id)!.verdict === 'rejected'))
        complain(
          `S1: ${server.name} has ${id} (${type}) in its state, which it has ${kept.events.has(id) ? 'rejected' : 'not'}`,
        );
  }
}

/** V1: the members' servers hold one state, which is what the rules make of all events. */
export function judgeConvergence({ world, places, history, deceived, complain }: Case): void {
  if (deceived) return;
  const members = places.filter(({ member }) => member !== undefined);
  const together = areTogether(members);
  for (const [first, other] of pairsOf(members)) {
    if (!seeEachOther(first, other)) continue;
    const difference = differenceOf(idsOf(first), idsOf(other));
    if (difference)
      complain(
        `V1: ${first.server.name} and ${other.server.name} differ in ${describe(difference, history.room.events)}`,
      );
  }
  for (const place of members) {
    const ends = place.kept.extremities;
    if (together && ends.length !== 1)
      complain(`V1: ${place.server.name} has ${ends.length} forward extremities in the end`);
    if (ends.some((id) => !history.after.has(id))) {
      // It comes after something that nobody has: the oracle cannot say what the state is.
      world.record.marks.note('nobody can say what came before the end');
      continue;
    }
    const difference = differenceOf(idsOf(place), stateAt(history, ends));
    if (difference)
      complain(`V1: ${place.server.name} and the oracle differ in ${describe(difference, history.room.events)}`);
  }
}

/**
 * Whether two servers hold each other for members. Resolution may undo somebody's join, and nobody tells their server: what it
 * does from then on is its own.
 */
export function seeEachOther(one: Place, other: Place): boolean {
  return hasMemberOf(one, other.server.name) && hasMemberOf(other, one.server.name);
}

export function areTogether(members: readonly Place[]): boolean {
  return pairsOf(members).every(([one, other]) => seeEachOther(one, other));
}

function hasMemberOf({ state }: Place, server: string): boolean {
  return [...state.values()].some(
    ({ type, state_key: user, content }) =>
      type === 'm.room.member' && serverOf(user) === server && content['membership'] === 'join',
  );
}

function pairsOf(places: readonly Place[]): (readonly [Place, Place])[] {
  return places.flatMap((one, index) => places.slice(index + 1).map((other) => [one, other] as const));
}

type Difference = readonly [place: string, left: string | undefined, right: string | undefined];

function idsOf({ state }: Place): State {
  return new Map([...state].map(([place, event]) => [place, event.event_id]));
}

function differenceOf(left: State, right: State): Difference | undefined {
  for (const place of new Set([...left.keys(), ...right.keys()]))
    if (left.get(place) !== right.get(place)) return [place, left.get(place), right.get(place)];
  return undefined;
}

function describe([place, left, right]: Difference, events: Case['history']['room']['events']): string {
  const of = (id: string | undefined): string =>
    id === undefined ? 'nothing' : `${id} ${JSON.stringify(events.get(id)?.content)} of ${events.get(id)?.sender}`;
  return `${place.replace('\0', ' ')}: ${of(left)} and ${of(right)}`;
}

/** S3 and V2: what was acknowledged is there, and has come to whoever was to have it. */
export function judgeDelivery({ world, roomId, places, history, deceived, waitsForLiar, complain }: Case): void {
  const ids = new Map<string, string>();
  for (const { server, eventId } of world.record.acked.filter((one) => one.roomId === roomId)) {
    ids.set(eventId, server);
    const own = places.find((place) => place.server.name === server);
    if (own?.kept.events.has(eventId) !== true) complain(`S3: ${server} has lost ${eventId}, which it acknowledged`);
  }
  for (const { by, from, eventId } of world.record.taken.filter((one) => one.roomId === roomId)) {
    const place = places.find(({ server }) => server.name === by);
    if (place && !place.kept.events.has(eventId) && !place.kept.staged.includes(eventId))
      complain(`S3: ${by} has lost ${eventId}, which it took from ${from}`);
  }
  for (const place of places) {
    const { server, kept, member, state } = place;
    if (kept.staged.length > 0 && member && !waitsForLiar)
      complain(`V2: ${server.name} still has ${kept.staged.length} events to judge`);
    if (!member || deceived) continue;
    const since = joinedSince(kept.events.keys(), state, server.name);
    for (const [id, by] of ids) {
      const author = places.find((other) => other.server.name === by);
      if (!author?.member || (author !== place && !seeEachOther(author, place))) continue;
      const event = history.room.events.get(id);
      if (!event || !history.after.has(id) || !isIn(history, id, server.name)) continue;
      const known = kept.events.get(id);
      if (known === undefined && since.every((join) => !pastOf(history, join).has(id)))
        complain(`V2: ${server.name} never was given ${id} (${event.type} of ${event.sender})`);
      else if (known?.verdict === 'rejected')
        complain(`V2: ${server.name} has rejected ${id} (${event.type} of ${event.sender}): ${known.reason}`);
    }
  }
}

/** The present joins of a server's users: what stands before all of them came from others' memory, if it came. */
function joinedSince(_known: Iterable<string>, state: Place['state'], server: string): string[] {
  return [...state.values()]
    .filter(
      ({ type, state_key: user, content }) =>
        type === 'm.room.member' && serverOf(user) === server && content['membership'] === 'join',
    )
    .map(({ event_id: id }) => id);
}

/** Whether any user of a server is joined before an event, or by it. */
export function isIn({ room, before, after }: Case['history'], id: string, server: string): boolean {
  return [before.get(id), after.get(id)].some((state) => state !== undefined && usersJoined(room, state, server));
}

function usersJoined(room: Case['history']['room'], state: State, server: string): boolean {
  for (const place of state.keys()) {
    const [type, user] = place.split('\0') as [string, string];
    if (type === 'm.room.member' && serverOf(user) === server && membershipOf(room, state, user) === 'join')
      return true;
  }
  return false;
}
