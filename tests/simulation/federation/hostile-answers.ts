// What the hostile server says when it is asked: the truth as far as it knows it, or one of its lies.
import type { Pdu } from '../../../src/events/pdu.ts';
import { eventTemplate } from '../../../src/events/build-event.ts';
import { roomVersion } from '../../../src/events/room-versions.ts';
import { signEvent } from '../../../src/events/sign-event.ts';
import type { HttpAnswer } from '../../../src/ports/http.ts';
import type { Json, JsonObject } from '../../../src/spec/json.ts';
import { placeOf } from '../../oracle/ruling.ts';
import type { HostileRoom } from './hostile-room.ts';
import type { HostileServer } from './hostile-server.ts';
import { serverOf } from './wire.ts';

type Body = { readonly [name: string]: unknown };
interface Asked {
  readonly hostile: HostileServer;
  readonly room: HostileRoom | undefined;
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Body;
}

const FLOOD = 5;

export async function answerFor(
  hostile: HostileServer,
  method: string,
  target: string,
  text: string,
): Promise<HttpAnswer> {
  const url = new URL(target, 'https://evil.test');
  const path = url.pathname.replace(/^\/_matrix\/(federation\/v[12]|key\/v2)\//, '');
  const parts = path.split('/').map(decodeURIComponent);
  const body = text === '' ? {} : (JSON.parse(text) as Body);
  if (path === 'server') return json(200, hostile.keys());
  if (hostile.does('silence')) return await new Promise<never>(() => undefined);
  if (hostile.does('errors'))
    return json(hostile.random.pick([400, 403, 404, 429, 500, 503] as const), { errcode: 'M_UNKNOWN' });
  if (parts[0] === 'send' && method === 'PUT') return take(hostile, body);
  const room = hostile.rooms.get(parts[1] ?? '') ?? roomOf(hostile, parts[1] ?? '');
  const answer = ANSWERS.get(parts[0] ?? '');
  return answer
    ? answer({ hostile, room, parts, query: url.searchParams, body })
    : json(404, { errcode: 'M_UNRECOGNIZED' });
}

function roomOf(hostile: HostileServer, eventId: string): HostileRoom | undefined {
  return [...hostile.rooms.values()].find((room) => room.events.has(eventId));
}

const ANSWERS = new Map<string, (asked: Asked) => HttpAnswer>([
  ['event', event],
  ['state', state],
  ['state_ids', state],
  ['event_auth', eventAuth],
  ['backfill', backfill],
  ['get_missing_events', missing],
  ['make_join', template],
  ['send_join', accept],
  ['make_leave', template],
  ['invite', invited],
]);

function json(status: number, body: unknown): HttpAnswer {
  return { status, headers: [['content-type', 'application/json']], body: JSON.stringify(body) };
}

const none = (): HttpAnswer => json(404, { errcode: 'M_NOT_FOUND' });

function take(hostile: HostileServer, body: Body): HttpAnswer {
  const ids: [string, object][] = [];
  for (const pdu of (body['pdus'] ?? []) as readonly JsonObject[]) {
    const room = hostile.rooms.get(String(pdu['room_id']));
    const taken = room?.take(pdu);
    if (taken) ids.push([taken.eventId, {}]);
  }
  return json(200, { pdus: Object.fromEntries(ids) });
}

function event({ hostile, room, parts }: Asked): HttpAnswer {
  const found = room?.events.get(parts[1] ?? '');
  if (!room || !found) return none();
  const pdu = hostile.does('event') ? hostile.random.pick([...room.events.values()])! : found;
  return json(200, { origin: hostile.name, origin_server_ts: hostile.now(), pdus: [pdu.json] });
}

function state({ hostile, room, parts }: Asked): HttpAnswer {
  // It resolves nothing, and so knows no state but by inventing one.
  if (!room || !hostile.does('state-ids')) return none();
  let ids = [...room.state.values()];
  // Without a ban or a power level, or with events that were never let in.
  const { random } = hostile;
  ids = ids.filter(() => random.chance(85));
  if (random.chance(50))
    ids = [...ids, ...room.own.filter(({ stateKey }) => stateKey !== undefined).map((own) => own.eventId)];
  if (random.chance(20)) ids = [...ids, '$never-there'];
  const chain = room.authChainOf(ids);
  if (parts[0] === 'state_ids') return json(200, { pdu_ids: ids, auth_chain_ids: chain });
  return json(200, { pdus: jsonOf(room, ids), auth_chain: jsonOf(room, chain) });
}

function eventAuth({ room, parts }: Asked): HttpAnswer {
  return room ? json(200, { auth_chain: jsonOf(room, room.authChainOf([parts[2] ?? ''])) }) : none();
}

function backfill({ hostile, room, query }: Asked): HttpAnswer {
  if (!room) return none();
  const ids = hostile.does('backfill') ? [...room.events.keys()].slice(0, 20) : before(room, query.getAll('v'), 20);
  return json(200, { origin: hostile.name, origin_server_ts: hostile.now(), pdus: jsonOf(room, ids) });
}

function missing({ hostile, room, body }: Asked): HttpAnswer {
  if (!room) return none();
  const latest = (body['latest_events'] ?? []) as readonly string[];
  if (hostile.does('missing-flood')) {
    // Always further events that nobody has heard of.
    const events = Array.from({ length: FLOOD }, (_, n) =>
      room.make(
        { type: 'm.room.message', content: { body: `flood ${n}` }, prevEvents: [unknownId(hostile)] },
        hostile.now(),
      ),
    );
    return json(200, { events: events.map((pdu) => pdu.json) });
  }
  if (hostile.does('missing-same')) return json(200, { events: jsonOf(room, latest) });
  const earliest = new Set((body['earliest_events'] ?? []) as readonly string[]);
  const ids = before(room, latest, Number(body['limit'] ?? 10)).filter(
    (id) => !earliest.has(id) && !latest.includes(id),
  );
  return json(200, { events: jsonOf(room, ids.toReversed()) });
}

/** Some events and what comes before them, newest first. */
function before(room: HostileRoom, from: readonly string[], limit: number): string[] {
  const found = new Set<string>();
  const walk = [...from];
  for (let id = walk.shift(); id !== undefined && found.size < limit; id = walk.shift()) {
    const known = room.events.get(id);
    if (!known || found.has(id)) continue;
    found.add(id);
    walk.push(...known.prevEvents);
  }
  return [...found];
}

function template({ hostile, room, parts }: Asked): HttpAnswer {
  if (!room) return none();
  const userId = parts[2] ?? '';
  const membership = parts[0] === 'make_leave' ? 'leave' : 'join';
  const version = roomVersion(room.version)!;
  const draft = room.make(
    { type: 'm.room.member', stateKey: userId, content: { membership }, sender: userId },
    hostile.now(),
  );
  const honest = eventTemplate({ ...draft, originServerTs: hostile.now() }, version);
  return json(200, { room_version: room.version, event: hostile.does('template') ? spoilt(hostile, honest) : honest });
}

function spoilt(hostile: HostileServer, honest: JsonObject): JsonObject {
  const { random, world } = hostile;
  const others: readonly JsonObject[] = [
    { type: 'm.room.power_levels', state_key: '', content: { users: { [hostile.eve]: 100 } } },
    { room_id: world.rooms.at(-1)! },
    { sender: hostile.eve },
    { state_key: hostile.eve },
    { content: { membership: 'ban' } },
    { content: { membership: 'join', join_authorised_via_users_server: hostile.eve } },
    { prev_events: [], auth_events: [] },
    { depth: Number.MAX_SAFE_INTEGER },
  ];
  return { ...honest, ...random.pick(others) };
}

function accept({ hostile, room, body }: Asked): HttpAnswer {
  const joined = room?.take(body as JsonObject);
  if (!room || !joined) return none();
  let ids = [...room.state.values()].filter((id) => id !== joined.eventId);
  if (hostile.does('join-state')) {
    const { random } = hostile;
    ids = ids.filter(() => random.chance(90));
    ids = [...ids, ...room.own.filter(({ stateKey }) => stateKey !== undefined).map((own) => own.eventId)];
  }
  hostile.record.deceived.add(room.roomId);
  // Who joined is known to all others by whoever let them in.
  for (const server of serversOf(hostile, room))
    hostile.queue(async () => void (await hostile.send(server, [textOf(joined)])));
  return json(200, {
    origin: hostile.name,
    event: joined.json,
    state: jsonOf(room, ids),
    auth_chain: jsonOf(room, room.authChainOf([...ids, joined.eventId])),
    members_omitted: false,
  });
}

function invited({ hostile, parts, body }: Asked): HttpAnswer {
  const { room_version: version, event: invite } = body as {
    readonly room_version?: string;
    readonly event?: JsonObject;
  };
  const known = roomVersion(version ?? '');
  if (!known || !invite) return none();
  hostile.room(parts[1]!, version!);
  return json(200, { event: signEvent(invite, known, hostile.signer) });
}

/** The honest servers with somebody in a room. */
export function serversOf(hostile: HostileServer, room: HostileRoom): string[] {
  const servers = new Set<string>();
  for (const place of room.state.keys()) {
    const [type, user] = place.split('\0') as [string, string];
    if (type === 'm.room.member' && room.membershipOf(user) === 'join') servers.add(serverOf(user));
  }
  servers.delete(hostile.name);
  return [...servers].toSorted();
}

export function textOf(pdu: Pdu): string {
  return JSON.stringify(pdu.json);
}

export function unknownId(hostile: HostileServer): string {
  return `$${Buffer.from(hostile.random.bytes(32)).toString('base64url')}`;
}

export function powerLevelsOf(room: HostileRoom): JsonObject {
  return room.events.get(room.state.get(placeOf('m.room.power_levels', '')) ?? '')?.content ?? {};
}

function jsonOf(room: HostileRoom, ids: Iterable<string>): Json[] {
  return [...ids].flatMap((id): Json[] => {
    const known = room.events.get(id);
    return known ? [known.json] : [];
  });
}
