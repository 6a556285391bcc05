// Judges a run that has come to rest, by what everybody was told and by what lies on the disks, with the oracles' help.
import { forwardExtremities, type History, historyOf, stateAt } from '../../oracle/history.ts';
import type { Pdu } from '../../../src/events/pdu.ts';
import type { SyncEvent } from '../../black-box/client.ts';
import { judgeAuthority, judgeConvergence, judgeDelivery } from './judge-room.ts';
import { judgeSight } from './judge-sight.ts';
import { judgeReplicas } from './judge-replicas.ts';
import { judgeNewcomers, judgeRestart } from './judge-after.ts';
import { type KeptRoom, roomsIn } from './look.ts';
import type { Plan } from './plan.ts';
import type { SimulatedServer } from './server.ts';
import { signedBy } from './signed-by.ts';
import type { User } from './user.ts';
import type { FederatedWorld } from './world.ts';

/** A room at one server, in the end. */
export interface Place {
  readonly server: SimulatedServer;
  readonly kept: KeptRoom;
  /** A user who is joined, and the state as they are shown it. */
  readonly member: User | undefined;
  readonly state: ReadonlyMap<string, SyncEvent>;
}

export interface Case {
  readonly world: FederatedWorld;
  readonly roomId: string;
  readonly places: readonly Place[];
  /** What follows from all events that anybody has. */
  readonly history: History;
  /** Whether somebody was told a state that is not true, so that servers may differ in what they hold for it. */
  readonly deceived: boolean;
  /** Whether somebody may still wait for answers of the hostile server. */
  readonly waitsForLiar: boolean;
  complain(wrong: string): void;
}

const MAX_REQUESTS_A_PDU = 20;
/** A join asks too. */
const REQUESTS_APART = 60;

/** Answers how many events there were. */
export async function judge(world: FederatedWorld, plan: Plan): Promise<number> {
  const { record } = world;
  const isSignedBy = await signedBy(world);
  const invents = plan.hostile?.includes('state-ids') ?? false;
  let events = 0;
  const disks = world.servers.map((server) => ({ server, rooms: roomsIn(server.machine.images()) }));
  const cases: Case[] = [];
  for (const roomId of world.rooms) {
    const places: Place[] = [];
    for (const { server, rooms } of disks) {
      const kept = rooms.get(roomId);
      if (kept) places.push({ server, kept, ...(await memberAt(world.usersOf(server), roomId)) });
    }
    const union = unionOf(places, world.hostile?.eventsOf(roomId) ?? []);
    events += union.size;
    const version = places[0]?.kept.version ?? '11';
    const history = historyOf(version, union, (event, name) => isSignedBy(event, name, version));
    cases.push({
      world,
      roomId,
      places,
      history,
      deceived: invents || record.deceived.has(roomId),
      waitsForLiar: plan.hostile !== undefined && plan.liesOn,
      complain: (wrong) => record.complain(`${wrong} (room ${world.rooms.indexOf(roomId)}, version ${version})`),
    });
  }
  for (const one of cases) {
    judgeAuthority(one, isSignedBy);
    judgeConvergence(one);
    judgeDelivery(one);
    judgeSight(one);
    await judgeReplicas(one);
    note(one);
  }
  for (const [server, requests] of record.requests) {
    const pdus = record.pdus.get(server) ?? 0;
    if (requests > MAX_REQUESTS_A_PDU * pdus + REQUESTS_APART)
      record.complain(`S12: ${server} made ${requests} requests for ${pdus} events of the hostile server`);
  }
  if (record.wrong.length > 0) record.tables.push(...cases.map(tableOf));
  await judgeNewcomers(cases);
  await judgeRestart(cases);
  return events;
}

async function memberAt(users: readonly User[], roomId: string): Promise<Pick<Place, 'member' | 'state'>> {
  for (const user of users) {
    const state = await user.state(roomId);
    if (state?.get(`m.room.member\0${user.id}`)?.content['membership'] === 'join') return { member: user, state };
  }
  return { member: undefined, state: new Map() };
}

/** All events that anybody has, whole where somebody has them whole. */
function unionOf(places: readonly Place[], others: readonly Pdu[]): Map<string, Pdu> {
  const union = new Map<string, Pdu>();
  const isRedacted = new Set<string>();
  for (const { kept } of places)
    for (const [id, { pdu, redacted }] of kept.events)
      if (!union.has(id) || (isRedacted.has(id) && !redacted)) {
        union.set(id, pdu);
        if (redacted) isRedacted.add(id);
        else isRedacted.delete(id);
      }
  for (const pdu of others) if (!union.has(pdu.eventId)) union.set(pdu.eventId, pdu);
  return union;
}

function note({ world, places, history }: Case): void {
  const { marks } = world.record;
  const followed = new Set([...history.room.events.values()].flatMap(({ prevEvents }) => prevEvents));
  for (const { kept } of places)
    for (const [id, { verdict, outlier }] of kept.events) {
      if (verdict === 'soft-failed') marks.note('an event was soft-failed');
      if (verdict === 'soft-failed' && followed.has(id)) marks.note('a soft-failed event was built upon');
      if (verdict === 'rejected' && !outlier) marks.note('an event was rejected');
    }
  for (const { prevEvents } of history.room.events.values())
    if (prevEvents.length >= 3) marks.note('a room had three branches or more');
  if (world.hostile?.isIn(places[0]?.kept.roomId ?? '') === true) marks.note('the hostile server was in a room');
}

/** The state that the oracle gives the whole room. */
export function stateOfAll(history: History): ReadonlyMap<string, string> {
  return stateAt(history, forwardExtremities(history));
}

/** The events of a room and what each server made of them, to be read. */
function tableOf({ world, roomId, places, history }: Case): string {
  const short = (id: string): string => id.slice(0, 6);
  const lines = [...history.order, ...history.unplaced].map((id) => {
    const event = history.room.events.get(id)!;
    const verdicts = places.map(({ kept }) => {
      const known = kept.events.get(id);
      if (!known) return '-';
      return `${known.verdict}${known.outlier ? '(outlier)' : ''}${known.reason ?? ''}@${known.roomPos ?? ''}`;
    });
    const what =
      event.stateKey === undefined ? '' : ` [${event.stateKey}] ${JSON.stringify(event.content).slice(0, 60)}`;
    const ruling = history.rulings.get(id) ?? { allowed: false, rule: 'UNPLACED' };
    return `  ${short(id)} ${event.type}${what} of ${event.sender} after ${event.prevEvents.map(short).join()} by ${event.authEvents.map(short).join()} ts ${event.originServerTs % 10_000_000}: ${ruling.allowed ? '' : `RULE ${ruling.rule} `}${verdicts.join(' | ')}`;
  });
  const ends = places.map(({ server, kept }) => `${server.name}: ${kept.extremities.map(short).join()}`);
  return [`room ${world.rooms.indexOf(roomId)}, ends ${ends.join('; ')}`, ...lines].join('\n');
}
