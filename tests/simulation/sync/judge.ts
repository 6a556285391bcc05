// The judge of a run: the replicas against the oracle, and what clients were told against each other. The invariants are
// numbered as in docs/compliance/simulation.md.
import type { Device } from './device.ts';
import type { History } from './history.ts';
import type { Record, Snapshot } from './record.ts';
import type { RoomReplica } from './replica.ts';

/** Writes down in `record.wrong` what is not as it must be. */
export function judge(record: Record, devices: readonly Device[], histories: readonly History[]): void {
  const wrong = (text: string): void => {
    record.wrong.push(text);
  };
  judgeSaid(record, histories, wrong);
  for (const snapshot of record.snapshots)
    for (const history of histories) judgeSnapshot(snapshot, history, record, wrong);
  for (const device of devices) {
    for (const history of histories) judgeEnd(device, history, wrong);
    judgeMessages(device, record, wrong);
    judgeSettings(device, record, histories, wrong);
    judgeTracked(device, devices, histories, wrong);
    judgeCount(device, record, wrong);
  }
  judgeClaims(record, wrong);
}

type Wrong = (text: string) => void;

/** S3, S11: what was acknowledged is there, once. */
function judgeSaid(record: Record, histories: readonly History[], wrong: Wrong): void {
  const byBody = new Map<string, string[]>();
  for (const event of histories.flatMap(({ events }) => events)) {
    if (event.type !== 'm.room.message') continue;
    const body = String(event.content['body']);
    byBody.set(body, [...(byBody.get(body) ?? []), event.event_id]);
  }
  for (const { body, eventId } of record.said) {
    const made = byBody.get(body) ?? [];
    if (made.length > 1) wrong(`S11: "${body}" was made ${made.length} times`);
    if (eventId !== undefined && histories.every((history) => history.at(eventId) === undefined))
      wrong(`S3: "${body}" was acknowledged and is not there`);
  }
}

/** S5, S6: at each token the replica is what the room was at some moment, for this user. */
function judgeSnapshot({ device, replica, asked }: Snapshot, history: History, record: Record, wrong: Wrong): void {
  const room = replica.rooms.get(history.roomId);
  if (!room) return;
  const { userId } = device.client;
  const told = (text: string): void => wrong(`S5: ${device.name} in ${history.roomId}: ${text}`);
  const places = room.timeline.map((event) => history.at(event.event_id));
  if (places.some((place) => place === undefined)) return told('an event that is not in the room');
  const last = places.at(-1);
  if (last === undefined) return undefined;
  for (let index = 1; index < places.length; index++)
    if (places[index]! <= places[index - 1]!)
      return told(`${room.timeline[index]!.event_id} is out of order or there twice`);
  const everIn = history.events
    .slice(0, last + 1)
    .some((_event, index) => history.membership(index, userId) === 'join');
  if (!room.whole) return everIn ? told('its gap could not be filled') : undefined;
  if (device.wish.messagesOnly) return readYourWrites(device, room, history, asked, record, told);
  compareTimelines(room, history, userId, last, told);
  if (room.section === 'join') {
    if (history.membership(last, userId) !== 'join') told('it is shown as joined at a moment at which it was not');
    compareStates(room, device, history, last, told);
    readYourWrites(device, room, history, asked, record, told);
  } else if (room.followed && history.lastDeparture(userId, last) === last)
    compareStates(room, device, history, last, told);
  return undefined;
}

function compareTimelines(room: RoomReplica, history: History, userId: string, last: number, told: Wrong): void {
  const expected = history.visibleTo(userId, last).map((event) => event.event_id);
  const actual = room.timeline.map((event) => event.event_id);
  if (room.section === 'leave') return compareLeft(room, history, userId, expected, told);
  const difference = firstDifference(expected, actual);
  if (difference !== undefined) {
    const [must, is] = [expected[difference], actual[difference]];
    told(`timeline to ${last} at ${difference}: must be ${nameOf(history, must)}, is ${nameOf(history, is)}`);
  }
}

/**
 * The user's own way out may be shown although the rules deny it: clients would not know of it otherwise. And who comes back
 * while a gap is filled sees more.
 */
function compareLeft(
  room: RoomReplica,
  history: History,
  userId: string,
  expected: readonly string[],
  told: Wrong,
): void {
  const actual = new Set(room.timeline.map((event) => event.event_id));
  const may = new Set(history.visibleTo(userId, history.last).map((event) => event.event_id));
  const missing = expected.find((eventId) => !actual.has(eventId));
  if (missing !== undefined)
    told(
      `left with a timeline to ${nameOf(history, room.timeline.at(-1)?.event_id)} without ${nameOf(history, missing)}`,
    );
  const denied = room.timeline.find(
    (event) => !may.has(event.event_id) && !(event.type === 'm.room.member' && event.state_key === userId),
  );
  if (denied) told(`left with a timeline that shows ${nameOf(history, denied.event_id)}, which the user may not see`);
}

/**
 * A lazy device need not know members. Of whom it knows it knows the truth, unless its user was outside meanwhile, after which
 * the room is told as a new one.
 */
function compareStates(room: RoomReplica, device: Device, history: History, at: number, told: Wrong): void {
  const expected = history.state(at);
  const cameBack = history.lastDeparture(device.client.userId, at) !== undefined;
  for (const key of new Set([...expected.keys(), ...room.state.keys()])) {
    const [must, is] = [expected.get(key), room.state.get(key)?.event_id];
    const spared = device.wish.lazy && key.startsWith('m.room.member ') && (is === undefined || cameBack);
    if (must === is || spared) continue;
    told(`state "${key}" at ${at}: must be ${nameOf(history, must)}, is ${nameOf(history, is)}`);
  }
}

/** After a send was acknowledged, the sender's next sync has it. */
function readYourWrites(
  device: Device,
  room: RoomReplica,
  history: History,
  asked: number,
  record: Record,
  told: Wrong,
): void {
  if (room.section !== 'join') return;
  const ids = new Set(room.timeline.map((event) => event.event_id));
  for (const said of record.said) {
    const before = said.answered !== undefined && said.answered < asked;
    if (before && said.roomId === history.roomId && said.userId === device.client.userId && !ids.has(said.eventId!))
      told(`"${said.body}" was acknowledged before the sync began, which does not have it`);
  }
}

/** S5: in the end the replica is the room as it is, or as it was when the user left. */
function judgeEnd(device: Device, history: History, wrong: Wrong): void {
  const { userId } = device.client;
  const room = device.replica.rooms.get(history.roomId);
  const told = (text: string): void => wrong(`S5: ${device.name} in the end in ${history.roomId}: ${text}`);
  const membership = history.membership(history.last, userId);
  if (membership === 'join') {
    if (room?.section !== 'join') return told('does not know that it is joined');
    const expected = history
      .visibleTo(userId, history.last)
      .filter((event) => !device.wish.messagesOnly || event.type === 'm.room.message')
      .map((event) => event.event_id);
    const actual = room.timeline.map((event) => event.event_id);
    const difference = firstDifference(expected, actual);
    if (difference !== undefined) {
      const [must, is] = [expected[difference], actual[difference]];
      told(`timeline at ${difference}: must be ${nameOf(history, must)}, is ${nameOf(history, is)}`);
    }
    return compareStates(room, device, history, history.last, told);
  }
  if (room?.section === 'join') return told(`does not know that it is out (${membership})`);
  if (membership === 'invite' && !device.replica.invites.has(history.roomId)) told('does not know that it is invited');
  if (membership !== 'invite' && device.replica.invites.has(history.roomId)) told('believes that it is invited');
  return undefined;
}

/** S8: each message to a device once, in order. */
function judgeMessages(device: Device, record: Record, wrong: Wrong): void {
  const { userId, deviceId } = device.client;
  const byNumber = new Map(record.messages.map((message) => [message.number, message]));
  const received = device.received.map(({ number }) => number);
  if (new Set(received).size < received.length) wrong(`S8: ${device.name} was given a message twice: ${received}`);
  for (const message of record.messages) {
    const toThis = message.to === userId && (message.device === '*' || message.device === deviceId);
    if (!toThis || message.answered === undefined || device.born > message.asked) continue;
    if (!received.includes(message.number)) wrong(`S8: ${device.name} never was given message ${message.number}`);
  }
  for (const [index, number] of received.entries()) {
    const later = byNumber.get(number);
    const overtaken = received.slice(index + 1).find((other) => {
      const answered = byNumber.get(other)?.answered;
      return answered !== undefined && later !== undefined && answered < later.asked;
    });
    if (overtaken !== undefined) wrong(`S8: ${device.name} was given message ${overtaken} after ${number}`);
  }
}

/** In the end a device knows the account data and receipts that were set last. */
function judgeSettings(device: Device, record: Record, histories: readonly History[], wrong: Wrong): void {
  const { userId } = device.client;
  for (const [key, settings] of record.settings) {
    const [kind, who, roomId] = key.split(' ');
    const last = settings.findLastIndex((setting) => setting.answered);
    if (last < 0 || (kind === 'data' && who !== userId)) continue;
    const history = histories.find((one) => one.roomId === roomId);
    // Of rooms that one of them is not in nothing need be told.
    if (history && [who, userId].some((user) => history.membership(history.last, user ?? '') !== 'join')) continue;
    const may = settings.slice(last).map(({ value }) => value);
    const hidden =
      kind === 'read' && history?.visibleTo(userId, history.last).every((event) => !may.includes(event.event_id));
    if (!hidden && !may.includes(device.settings.get(key) ?? ''))
      wrong(
        `S5: ${device.name} was told ${key} is ${nameIn(device.settings.get(key), history)}, it is ${may.map((value) => nameIn(value, history)).join(' or ')}`,
      );
  }
}

/** V3: whom it shares a room with, it follows, and knows their devices; nobody else. */
function judgeTracked(device: Device, devices: readonly Device[], histories: readonly History[], wrong: Wrong): void {
  const { userId } = device.client;
  const rooms = histories.map((history) => history.joined(history.last)).filter((users) => users.includes(userId));
  const shared = new Set(rooms.flat().filter((other) => other !== userId));
  for (const other of shared) {
    const own = devices.filter(({ client }) => client.userId === other).map(({ client }) => client.deviceId);
    const [must, is] = [own.toSorted().join(' '), device.tracked.get(other)];
    if (must !== is) wrong(`V3: ${device.name} knows of ${other} the devices ${is}, there are ${must}`);
  }
  for (const other of device.tracked.keys())
    if (other !== userId && !shared.has(other)) wrong(`V3: ${device.name} follows ${other} without a room in common`);
}

/** S7: each one-time key given once, in the order of upload. */
function judgeClaims({ claims }: Record, wrong: Wrong): void {
  const given = new Set<string>();
  for (const claim of claims) {
    if (claim.keyId === undefined) continue;
    const key = `${claim.owner} ${claim.device} ${claim.keyId}`;
    if (given.has(key)) wrong(`S7: ${key} was given twice`);
    given.add(key);
  }
  const numberOf = (keyId: string): number => Number(keyId.split(':')[1]);
  for (const first of claims)
    for (const second of claims) {
      const follows = first.device === second.device && (first.answered ?? Infinity) < second.asked;
      if (follows && first.keyId !== undefined && second.keyId !== undefined)
        if (numberOf(first.keyId) > numberOf(second.keyId)) wrong(`S7: ${second.keyId} came after ${first.keyId}`);
    }
}

/** S7: the count of one-time keys is of those that are left; a claim without an answer may have taken one. */
function judgeCount(device: Device, record: Record, wrong: Wrong): void {
  const own = record.claims.filter((claim) => claim.device === device.client.deviceId);
  const given = own.filter((claim) => claim.keyId !== undefined).length;
  const [most, least] = [device.uploaded.length - given, Math.max(0, device.uploaded.length - own.length)];
  if (device.lastCount === undefined || device.lastCount > most || device.lastCount < least)
    wrong(`S7: ${device.name} is told of ${device.lastCount} one-time keys, there are ${least} to ${most}`);
}

function firstDifference(expected: readonly string[], actual: readonly string[]): number | undefined {
  for (let index = 0; index < Math.max(expected.length, actual.length); index++)
    if (expected[index] !== actual[index]) return index;
  return undefined;
}

function nameIn(value: string | undefined, history: History | undefined): string {
  return history && value?.startsWith('$') ? nameOf(history, value) : String(value);
}

function nameOf(history: History, eventId: string | undefined): string {
  if (eventId === undefined) return 'nothing';
  const at = history.at(eventId);
  const event = at === undefined ? undefined : history.events[at];
  return event ? `#${at} ${event.type} of ${event.sender} ${JSON.stringify(event.content).slice(0, 60)}` : eventId;
}
