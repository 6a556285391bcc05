// S6: nobody, user or server, was shown what the visibility of the room's history denies them.
import { membershipOf } from '../../oracle/member-rules.ts';
import { historyVisibilityOf, oracleServerMaySee, oracleUserMaySee } from '../../oracle/visibility.ts';
import type { Case } from './judge.ts';
import { isIn } from './judge-room.ts';
import { serverOf } from './wire.ts';

export function judgeSight(one: Case): void {
  const { world, roomId, places, history, complain, deceived } = one;
  const seen = new Set<string>();
  for (const { to, by, eventId, how, whole } of world.record.shown.filter((shown) => shown.roomId === roomId)) {
    const key = `${to} ${by} ${eventId} ${how}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const kept = places.find(({ server }) => server.name === by)?.kept.events.get(eventId);
    if (kept === undefined) complain(`S3: ${by} has shown ${to} ${eventId}, which it does not have`);
    else if (kept.verdict === 'rejected' && !deceived)
      complain(`S6: ${by} has shown ${to} the rejected event ${eventId} (${how})`);
    else if (how !== 'state' && how !== 'read' && kept.verdict === 'soft-failed')
      complain(`S6: ${by} has shown ${to} the soft-failed event ${eventId} (${how})`);
    if (!history.after.has(eventId) || deceived || how === 'state') continue;
    if (how === 'timeline' || how === 'page') {
      // Who is banned after they left is told so, whatever they may see of the rest.
      const concerns = history.room.events.get(eventId)?.stateKey === to;
      const isBack = isShared(one, eventId) && isMember(one, to, by);
      if (!concerns && !isBack && !oracleUserMaySee(history, to, eventId))
        complain(`S6: ${by} has shown ${to} ${nameOf(one, eventId)} (${how})`);
      // The state that there is now a server is given when it joins.
    } else if (
      how === 'read' &&
      whole &&
      history.room.events.get(eventId)!.stateKey === undefined &&
      !oracleServerMaySee(history, to, eventId)
    )
      complain(`S6: ${by} has let ${to} read ${nameOf(one, eventId)}`);
  }
  judgeSent(one);
}

/** Whether resolution may have undone that a user left: a join from before counts again, as of then. */
function isMember({ places }: Case, user: string, server: string): boolean {
  const place = places.find((one) => one.server.name === server);
  return place?.state.get(`m.room.member\0${user}`)?.content['membership'] === 'join';
}

function isShared({ history }: Case, id: string): boolean {
  return [history.before, history.after].some(
    (states) => historyVisibilityOf(history.room, states.get(id)!) === 'shared',
  );
}

/** Events go to servers that are in the room, and to the one whose user they are about. */
function judgeSent(one: Case): void {
  const { world, roomId, history, complain } = one;
  for (const { from, to, pdu } of world.record.sent) {
    if (pdu['room_id'] !== roomId) continue;
    const id = idOf(one, pdu);
    if (id === undefined || !history.after.has(id)) continue;
    const event = history.room.events.get(id)!;
    const concerns = event.type === 'm.room.member' && serverOf(event.stateKey) === to;
    // What came by a handshake goes to whoever is in the room by then, which its own past need not know of.
    const relayed =
      serverOf(event.sender) !== from && [...history.after.keys()].some((other) => isIn(history, other, to));
    if (!concerns && !relayed && !isIn(history, id, to))
      complain(`S6: ${from} sent ${to} ${nameOf(one, id)}, and ${to} is not in the room`);
  }
}

/** The event that was sent: by its signature, which no other has. */
function idOf({ history }: Case, pdu: { readonly [name: string]: unknown }): string | undefined {
  let ids = known.get(history);
  if (!ids) {
    ids = new Map(
      [...history.room.events.values()].map((event) => [JSON.stringify(event.json['hashes']), event.eventId]),
    );
    known.set(history, ids);
  }
  return ids.get(JSON.stringify(pdu['hashes']));
}
const known = new WeakMap<object, Map<string, string>>();

function nameOf({ history }: Case, id: string): string {
  const event = history.room.events.get(id)!;
  const before = history.before.get(id)!;
  const state = `${membershipOf(history.room, before, event.sender)}`;
  return `${id} (${event.type} of ${event.sender}, who was ${state})`;
}
