// V4 and V5: whoever comes new can talk with everybody, and a server that is started again is what it was.
import type { Case } from './judge.ts';
import { areTogether } from './judge-room.ts';
import { register } from './user.ts';

const DOWN_MS = 500;
const SETTLED_MS = 90_000;
const TOLD_MS = 60_000;
/** Whoever waits for answers that never come gives up in time. */
const LIED_TO_MS = 1_200_000;

/** V4: a fresh user of each server joins each public room through another, and everybody hears them. */
export async function judgeNewcomers(cases: readonly Case[]): Promise<void> {
  const world = cases[0]?.world;
  if (!world) return;
  for (const [index, server] of world.servers.entries()) {
    const newcomer = await register(server, `new${index}`, world.record);
    for (const { roomId, places, waitsForLiar, complain } of cases) {
      const members = places.filter(({ member }) => member !== undefined);
      const [somewhere] = members;
      const isPublic = members.every(
        ({ state }) => state.get('m.room.join_rules\0')?.content['join_rule'] === 'public',
      );
      if (!somewhere || !isPublic || !areTogether(members)) continue;
      const through = (members.find((place) => place.server !== server) ?? somewhere).server.name;
      const path = `/_matrix/client/v3/join/${encodeURIComponent(roomId)}?via=${through}&server_name=${through}`;
      const { status, body } = await newcomer.insist('POST', path, {});
      if (status !== 200) {
        complain(`V4: a new user of ${server.name} cannot join through ${through}: ${JSON.stringify(body)}`);
        continue;
      }
      const level = Number(somewhere.state.get('m.room.power_levels\0')?.content['events_default'] ?? 0);
      if (level > 0) continue;
      const eventId = await newcomer.send(roomId, 'I am new here');
      if (eventId === undefined) complain(`V4: a new user of ${server.name} may not speak`);
      await world.sleep(waitsForLiar ? LIED_TO_MS : TOLD_MS);
      for (const { member } of members) {
        const page = await member!.page(roomId, 1);
        if (eventId !== undefined && !page.some((event) => event.event_id === eventId))
          complain(`V4: ${member!.id} does not hear the new user of ${server.name}`);
      }
    }
  }
}

/** V5: all stop, all start, and nothing has changed. */
export async function judgeRestart(cases: readonly Case[]): Promise<void> {
  const world = cases[0]?.world;
  if (!world) return;
  const before = await statesOf(cases);
  for (const { machine } of world.servers) machine.crash('power', DOWN_MS);
  await world.sleep(SETTLED_MS);
  const after = await statesOf(cases);
  for (const [who, state] of before)
    if (after.get(who) !== state) world.record.complain(`V5: ${who} is shown another state after a restart`);
}

async function statesOf(cases: readonly Case[]): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for (const { roomId, places } of cases)
    for (const { member } of places) {
      if (!member) continue;
      const state = [...((await member.state(roomId)) ?? [])].map(([place, event]) => `${place} ${event.event_id}`);
      states.set(`${member.id} in ${roomId}`, state.toSorted().join('\n'));
    }
  return states;
}
