// A room that is elsewhere, with members on many servers, and the server that lets others in.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import type { JsonObject } from '../../src/spec/json.ts';
import { answerJson, type ScriptedServer } from '../../tests/federation/scripted-server.ts';
import { PlayedRoom } from './played-room.ts';

const VERSION = '11';
let rooms = 0;

/** The first of the servers is the resident. */
export function makeResident(servers: readonly ScriptedServer[], members: number): PlayedRoom {
  const [resident] = servers as [ScriptedServer];
  const room = new PlayedRoom(`!bench${rooms++}:${resident.name}`, VERSION);
  const creator = `@creator:${resident.name}`;
  const state = (type: string, content: JsonObject): unknown =>
    room.event(resident, { sender: creator, type, stateKey: '', content });
  state('m.room.create', { room_version: VERSION });
  room.join(resident, creator);
  state('m.room.power_levels', { users: { [creator]: 100 } });
  state('m.room.join_rules', { join_rule: 'public' });
  state('m.room.history_visibility', { history_visibility: 'shared' });
  const chain = [...room.state.values()].slice(0, 4).map(({ text }) => text);
  for (let n = 1; n < members; n++) {
    const server = servers[n % servers.length]!;
    room.join(server, `@member${n}:${server.name}`);
  }
  // Signs may be written as they are, or percent-encoded.
  const path = `/${room.roomId.replaceAll(/\W/g, (sign) => `(\\${sign}|${encoded(sign)})`)}/`;
  resident.on('GET', new RegExp(`make_join${path}`), ({ target }) => {
    const userId = decodeURIComponent(target.split('?')[0]!.split('/').at(-1)!);
    return answerJson(200, { room_version: VERSION, event: templateFor(room, userId) });
  });
  const answer = `"state":[${[...room.state.values()].map(({ text }) => text).join(',')}],"auth_chain":[${chain.join(',')}]`;
  resident.on('PUT', new RegExp(`v2/send_join${path}`), ({ text }) => ({
    status: 200,
    headers: [['content-type', 'application/json']],
    body: `{"origin":"${resident.name}","members_omitted":false,"event":${text},${answer}}`,
  }));
  return room;
}

const encoded = (sign: string): string => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;

function templateFor(room: PlayedRoom, userId: string): JsonObject {
  const content = { membership: 'join' };
  return {
    type: 'm.room.member',
    room_id: room.roomId,
    sender: userId,
    state_key: userId,
    content,
    depth: room.depth + 1,
    prev_events: room.latest,
    auth_events: room.authFor({ type: 'm.room.member', sender: userId, stateKey: userId, content }),
    origin_server_ts: Date.now(),
  };
}
