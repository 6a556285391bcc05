// Sends message and state events for clients. https://spec.matrix.org/v1.19/client-server-api/#sending-events-to-a-room
import { creatorsOf } from '../../authorization/creators.ts';
import type { Signer } from '../../events/signing-key.ts';
import type { ClientTransaction, Requester } from '../../ports/contracts/requester.ts';
import type { MembershipChange, NewEvent } from '../../ports/contracts/room.ts';
import { badJson, forbidden } from '../../spec/errors.ts';
import { isObject, member, type JsonObject } from '../../spec/json.ts';
import { Change } from '../change.ts';
import { checkNewEvent } from '../drafting/content.ts';
import { draft, type Wish } from '../drafting/draft.ts';
import { checkOwn, take } from '../receipt/receipt.ts';
import { checkRelation } from '../relations/rules.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { membershipIn } from '../visibility.ts';
import { sameContent } from './same-content.ts';

/** Drafts an event of ours, checks it as any other, and appends it. Throws 403 M_FORBIDDEN and 413 M_TOO_LARGE. */
export function appendOwn(
  change: Change,
  wish: Wish,
  key: Signer,
  transaction?: StoredEvent['transaction'],
): StoredEvent {
  const checked = checkOwn(change, draft(change, wish, key, transaction), noKeys);
  const unchanged = equalState(change, wish);
  if (unchanged !== undefined) return unchanged;
  return take(change, checked);
}

/** What we sign ourselves needs no keys of others. */
const noKeys = (): undefined => undefined;

/** The current state event, if the wish would only say the same again. */
function equalState(change: Change, wish: Wish): StoredEvent | undefined {
  if (wish.stateKey === undefined) return undefined;
  const current = change.data.stateEvent(change.head.root, wish.type, wish.stateKey);
  if (current === undefined || current.pdu.sender !== wish.sender) return undefined;
  return sameContent(current.pdu.content, wish.content) ? current : undefined;
}

/** One commit: the event that the transaction made before, or a new one. */
export function sendOnce(
  data: RoomData,
  by: Requester,
  wish: Wish,
  key: Signer,
  transaction: ClientTransaction | undefined,
): { event: StoredEvent; change: Change | undefined } {
  const before = transaction === undefined ? undefined : earlier(data, by, transaction);
  if (before !== undefined) return { event: before, change: undefined };
  const { result, change } = Change.commit(data, (commit) => {
    checkRelation(data, wish);
    const made = transaction === undefined ? undefined : { deviceId: by.deviceId, id: transaction.id };
    const event = appendOwn(commit, wish, key, made);
    if (transaction !== undefined) data.transactions.put(by, transaction, event.number);
    return event;
  });
  return { event: result, change };
}

/** The event that the client's transaction has made already. */
export function earlier(data: RoomData, by: Requester, transaction: ClientTransaction): StoredEvent | undefined {
  for (const number of data.transactions.candidates(by, transaction)) {
    const event = data.byNumber(number);
    if (event?.pdu.sender !== by.userId || event.transaction?.id !== transaction.id) continue;
    if (event.transaction.deviceId === by.deviceId) return event;
  }
  return undefined;
}

/**
 * Who is not in the room is told nothing more, not even whether there is one: 403 M_FORBIDDEN whatever is sent. A transaction
 * that was done before the sender left is answered again.
 */
export function demandJoined(data: RoomData, by: Requester, transaction: ClientTransaction | undefined): void {
  if (membershipIn(data, data.head.root, by.userId) === 'join') return;
  if (transaction === undefined || earlier(data, by, transaction) === undefined)
    throw forbidden('You are not in this room.');
}

/** Throws what can be said of the event by itself. */
export function checkSendable(data: RoomData, event: NewEvent): void {
  checkNewEvent(event, data.version);
  if (event.type === 'm.room.create') throw badJson('A room is created once.');
  if (event.type === 'm.room.power_levels' && event.stateKey === '') checkNoCreators(data, event.content);
}

/** Creators who stand above all levels are in no list of them. Throws 400 M_BAD_JSON. */
function checkNoCreators(data: RoomData, content: JsonObject): void {
  if (!data.version.privilegedCreators) return;
  const create = data.stateEvent(data.head.root, 'm.room.create', '')?.pdu;
  const users = member(content, 'users');
  if (create === undefined || !isObject(users)) return;
  for (const creator of creatorsOf(create, data.version))
    if (member(users, creator) !== undefined) throw badJson('users names a creator of the room.');
}

/** An m.room.member event sent as state is the membership change that it says. Throws 400 M_BAD_JSON. */
export function asMembershipChange(
  data: RoomData,
  by: Requester,
  target: string,
  content: JsonObject,
): MembershipChange {
  const membership = member(content, 'membership');
  const change = { target, content };
  switch (membership) {
    case 'join':
    case 'invite':
    case 'knock':
    case 'ban':
      return { ...change, membership, operation: membership };
    case 'leave': {
      const banned = data.begun !== undefined && data.members.get(target)?.membership === 'ban';
      return { ...change, membership, operation: target === by.userId ? 'leave' : banned ? 'unban' : 'kick' };
    }
    default:
      throw badJson('membership is none of join, invite, knock, leave and ban.');
  }
}
