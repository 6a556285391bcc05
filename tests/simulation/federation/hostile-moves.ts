// What the hostile server does by itself, one move at a time. Each speaks to honest servers as they must expect of anybody.
import { roomVersion } from '../../../src/events/room-versions.ts';
import { signEvent, hashAndSignEvent } from '../../../src/events/sign-event.ts';
import type { Pdu } from '../../../src/events/pdu.ts';
import { isObject, type JsonObject } from '../../../src/spec/json.ts';
import { placeOf } from '../../oracle/ruling.ts';
import type { Attack } from './attacks.ts';
import { powerLevelsOf, serversOf, textOf, unknownId } from './hostile-answers.ts';
import type { HostileRoom, Wish } from './hostile-room.ts';
import type { HostileServer } from './hostile-server.ts';

interface Scene {
  readonly hostile: HostileServer;
  readonly room: HostileRoom;
  /** The server that is dealt with. */
  readonly to: string;
  readonly detail: number;
  make(wish: Wish): Pdu;
  /** Sends events to one server, or to all that are in the room. */
  tell(events: readonly (Pdu | string)[], ...servers: readonly string[]): Promise<void>;
}

export async function move(
  hostile: HostileServer,
  attack: Attack,
  roomId: string,
  to: string,
  detail: number,
): Promise<void> {
  const known = hostile.rooms.get(roomId);
  if (attack === 'join' || !known || known.state.size === 0) return await join(hostile, roomId, to);
  const scene: Scene = {
    hostile,
    room: known,
    to,
    detail,
    make: (wish) => known.make(wish, hostile.now()),
    tell: async (events, ...servers) => {
      const texts = events.map((event) => (typeof event === 'string' ? event : textOf(event)));
      for (const server of servers.length > 0 ? servers : serversOf(hostile, known)) await hostile.send(server, texts);
    },
  };
  await MOVES[attack](scene);
}

const federation = (version: 'v1' | 'v2', ...parts: readonly string[]): string =>
  `/_matrix/federation/${version}/${parts.map(encodeURIComponent).join('/')}`;

async function join(hostile: HostileServer, roomId: string, to: string): Promise<void> {
  const versions = ['10', '11', '12'].map((version) => `ver=${version}`).join('&');
  const made = await hostile.ask(to, 'GET', `${federation('v1', 'make_join', roomId, hostile.eve)}?${versions}`);
  const { event, room_version: version } = made.json as { readonly event?: JsonObject; readonly room_version?: string };
  const known = roomVersion(version ?? '');
  if (made.status !== 200 || !event || !known) return;
  const signed = hashAndSignEvent({ ...event, origin_server_ts: hostile.now() }, known, hostile.signer);
  const room = hostile.room(roomId, version!);
  const pdu = room.take(signed, true);
  if (!pdu) return;
  const answer = await hostile.ask(
    to,
    'PUT',
    federation('v2', 'send_join', roomId, pdu.eventId),
    JSON.stringify(signed),
  );
  if (answer.status !== 200) return void room.events.delete(pdu.eventId);
  const { state = [], auth_chain: chain = [] } = answer.json as { state?: JsonObject[]; auth_chain?: JsonObject[] };
  for (const json of chain) room.take(json, true);
  for (const json of state) {
    const one = room.take(json, true);
    if (one?.stateKey !== undefined) room.state.set(placeOf(one.type, one.stateKey), one.eventId);
  }
  room.events.delete(pdu.eventId);
  const final = isObject(answer.json['event'] as JsonObject) ? (answer.json['event'] as JsonObject) : signed;
  room.take(final);
  hostile.record.marks.note('the hostile server joined');
}

const message = (body: string): Wish => ({ type: 'm.room.message', content: { msgtype: 'm.text', body } });

function keep({ room }: Scene, ...events: readonly Pdu[]): readonly Pdu[] {
  for (const event of events) {
    room.keep(event);
    room.own.push(event);
  }
  return events;
}

/** Makes an event that is kept without becoming an end of the room, as what is not to be let in. */
function aside({ room }: Scene, event: Pdu): Pdu {
  room.keep(event, true);
  room.own.push(event);
  return event;
}

function someone({ room, detail }: Scene): string {
  const users = [...room.state.keys()]
    .filter((place) => place.startsWith('m.room.member\0'))
    .map((place) => place.slice(14));
  return users[detail % users.length] ?? '@nobody:hs1.test';
}

function foreign({ room, detail }: Scene): Pdu | undefined {
  const events = [...room.events.values()].filter((event) => !room.own.includes(event));
  return events[detail % Math.max(1, events.length)];
}

const member = (target: string, membership: string): Wish => ({
  type: 'm.room.member',
  stateKey: target,
  content: { membership },
});

const MOVES: { readonly [attack in Attack]: (scene: Scene) => Promise<void> } = {
  join: async ({ hostile, room, to }) => await join(hostile, room.roomId, to),
  leave: async (scene) => await scene.tell(keep(scene, scene.make(member(scene.hostile.eve, 'leave')))),
  speak: async (scene) => await scene.tell(keep(scene, scene.make(message('hello')))),
  async equivocate(scene) {
    const [one, other] = [scene.make(message('yes')), scene.make(message('no'))];
    keep(scene, one, other);
    const [first, ...others] = serversOf(scene.hostile, scene.room);
    if (first !== undefined) await scene.tell([one], first);
    if (others.length > 0) await scene.tell([other], ...others);
  },
  withhold: async (scene) => await scene.tell(keep(scene, scene.make(message('for one'))), scene.to),
  async 'hide-prev'(scene) {
    keep(scene, scene.make(message('hidden')));
    await scene.tell(keep(scene, scene.make(message('after it'))));
  },
  async 'old-prev'(scene) {
    const { room, detail } = scene;
    const old = [...room.events.values()].filter(({ depth }) => depth > 3)[detail % Math.max(1, room.events.size)];
    if (old) await scene.tell([aside(scene, scene.make({ ...message('from the past'), prevEvents: [old.eventId] }))]);
  },
  forge: async (scene) => await scene.tell([scene.make({ ...message('forged'), sender: someone(scene) })]),
  async tamper(scene) {
    const event = scene.make(message('as it was'));
    keep(scene, event);
    await scene.tell([JSON.stringify({ ...event.json, content: { msgtype: 'm.text', body: 'tampered' } })]);
  },
  async 'tamper-others'(scene) {
    const event = foreign(scene);
    if (event) await scene.tell([JSON.stringify({ ...event.json, content: { ...event.content, body: 'tampered' } })]);
  },
  async relay(scene) {
    const event = foreign(scene);
    if (event) await scene.tell([event]);
  },
  async 'wire-id'(scene) {
    const event = scene.make(message('under a false name'));
    keep(scene, event);
    await scene.tell([JSON.stringify({ event_id: foreign(scene)?.eventId ?? '$x', ...event.json })]);
  },
  async escalate(scene) {
    const levels = powerLevelsOf(scene.room);
    const users = { ...(levels['users'] as object | undefined), [scene.hostile.eve]: 100 };
    await scene.tell([
      aside(scene, scene.make({ type: 'm.room.power_levels', stateKey: '', content: { ...levels, users } })),
    ]);
  },
  topic: async (scene) =>
    await scene.tell(
      keep(scene, scene.make({ type: 'm.room.topic', stateKey: '', content: { topic: `eve ${scene.detail}` } })),
    ),
  kick: async (scene) => await scene.tell([aside(scene, scene.make(member(someone(scene), 'leave')))]),
  ban: async (scene) => await scene.tell([aside(scene, scene.make(member(someone(scene), 'ban')))]),
  invite: async (scene) => await scene.tell([aside(scene, scene.make(member(`@x${scene.detail}:hs1.test`, 'invite')))]),
  'rejoin-by-send': async (scene) => await scene.tell([aside(scene, scene.make(member(scene.hostile.eve, 'join')))]),
  async 'old-auth'(scene) {
    const { room, detail } = scene;
    const old = room.pastStates[detail % Math.max(1, room.pastStates.length)];
    if (!old) return;
    const wish: Wish = { type: 'm.room.topic', stateKey: '', content: { topic: 'by old rights' } };
    const authEvents = room.authEventsFor(scene.make(wish), old);
    await scene.tell([aside(scene, scene.make({ ...wish, authEvents }))]);
  },
  async 'foreign-auth'(scene) {
    const other = [...scene.hostile.rooms.values()].find((room) => room !== scene.room);
    if (!other) return;
    const authEvents = other.authEventsFor(scene.make(message('')));
    await scene.tell([aside(scene, scene.make({ ...message('by the rights of another room'), authEvents }))]);
  },
  async 'unknown-auth'(scene) {
    const { authEvents } = scene.make(message(''));
    const wish = { ...message('by what nobody has'), authEvents: [...authEvents, unknownId(scene.hostile)] };
    await scene.tell([aside(scene, scene.make(wish))]);
  },
  async replay({ hostile, detail }) {
    const old = hostile.said[detail % Math.max(1, hostile.said.length)];
    if (old) await hostile.ask(old.to, 'PUT', old.target, old.text);
  },
  async flood(scene) {
    const events = Array.from({ length: 10 }, () =>
      scene.make({ ...message('flood'), prevEvents: [unknownId(scene.hostile)] }),
    );
    for (const event of events) scene.room.events.set(event.eventId, event);
    await scene.tell(events, scene.to);
  },
  async 'build-on-rejected'(scene) {
    const users = { [scene.hostile.eve]: 200 };
    const wish: Wish = { type: 'm.room.power_levels', stateKey: '', content: { ...powerLevelsOf(scene.room), users } };
    const rejected = aside(scene, scene.make(wish));
    const after = aside(scene, scene.make({ ...message('after what was not let in'), prevEvents: [rejected.eventId] }));
    await scene.tell([rejected, after]);
  },
  async malformed(scene) {
    const good = scene.make(message('beside what is no event'));
    keep(scene, good);
    const { json } = scene.make(message('bad'));
    const bad = ['type', 'sender', 'content', 'depth', 'prev_events', 'auth_events', 'hashes', 'signatures', 'room_id']
      .map((name, n) => ({ ...json, [name]: n % 2 === 0 ? undefined : 7 }))
      .map((event) => JSON.stringify(event));
    await scene.tell([...bad, textOf(good)]);
  },
  async read(scene) {
    const { hostile, room, to, detail } = scene;
    // Also what it has only heard of.
    const ids = [...new Set([...room.events.values()].flatMap(({ prevEvents, eventId }) => [eventId, ...prevEvents]))];
    const acked = hostile.record.acked.filter((one) => one.roomId === room.roomId).map(({ eventId }) => eventId);
    const id = [...ids, ...acked][detail % (ids.length + acked.length)] ?? '';
    const targets = [
      federation('v1', 'event', id),
      `${federation('v1', 'backfill', room.roomId)}?v=${encodeURIComponent(id)}&limit=20`,
    ];
    for (const target of targets) {
      const { status, json } = await hostile.ask(to, 'GET', target);
      if (status === 200) note(scene, (json['pdus'] ?? []) as readonly JsonObject[]);
    }
    const body = { earliest_events: [], latest_events: [id], limit: 20 };
    const { status, json } = await hostile.ask(
      to,
      'POST',
      federation('v1', 'get_missing_events', room.roomId),
      JSON.stringify(body),
    );
    if (status === 200) note(scene, (json['events'] ?? []) as readonly JsonObject[]);
    await hostile.ask(to, 'GET', `${federation('v1', 'state', room.roomId)}?event_id=${encodeURIComponent(id)}`);
  },
  async 'wrong-room'(scene) {
    const { hostile, room } = scene;
    const event = scene.make(message('in another room'));
    const json = { ...event.json, room_id: hostile.world.rooms.find((id) => id !== room.roomId) ?? '!x:evil.test' };
    const version = roomVersion(room.version)!;
    await scene.tell([JSON.stringify(signEvent(json, version, hostile.signer))], scene.to);
  },
  async 'many-extremities'(scene) {
    const { tips } = scene.room;
    const events = Array.from({ length: 15 }, (_, n) =>
      scene.make({ ...message(`branch ${n}`), prevEvents: tips.slice(-1) }),
    );
    keep(scene, ...events);
    await scene.tell(events);
  },
};

function note({ hostile, room, to }: Scene, events: readonly JsonObject[]): void {
  for (const json of events) {
    const pdu = room.take(json, true);
    if (!pdu) continue;
    const whole = pdu.content['body'] !== undefined || pdu.content['topic'] !== undefined;
    const shown = { to: hostile.name, by: to, roomId: room.roomId, eventId: pdu.eventId, how: 'read', whole } as const;
    hostile.record.shown.push(shown);
  }
}
