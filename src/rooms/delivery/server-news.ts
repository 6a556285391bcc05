// What the shards of Servers are told of the room's log: which events are to be sent, and which servers came and went.
import type { RoomNews } from '../../ports/contracts/servers-outbound.ts';
import { serverOf } from '../../spec/identifiers/user-id.ts';
import type { RoomData } from '../room-data.ts';

interface Entry extends RoomNews {
  event?: NonNullable<RoomNews['event']>;
  readonly joined: string[];
  readonly left: string[];
  besides?: string[];
}

/** The log after a position and up to another, for one shard. */
export function newsAfter(data: RoomData, shard: number, after: number, to: number): RoomNews[] {
  const { actors } = data.env;
  const news = new Map<number, Entry>();
  const at = (roomPos: number): Entry => {
    let entry = news.get(roomPos);
    if (entry === undefined) news.set(roomPos, (entry = { roomPos, joined: [], left: [] }));
    return entry;
  };
  for (const { server, roomPos, joined, single } of data.stays.changes(after, to)) {
    if (actors.shardOf(server) !== shard) continue;
    at(roomPos)[joined ? 'joined' : 'left'].push(server);
    if (single) (at(roomPos).besides ??= []).push(server);
  }
  const relayed = data.relays.between(after, to);
  const rows = data.log.forward(after, to, to - after).filter((row) => row.kind === 'event');
  data.load(rows.flatMap((row) => row.number ?? []));
  for (const row of rows) {
    const event = row.number === undefined ? undefined : data.byNumber(row.number);
    if (event === undefined) continue;
    const { eventId, sender } = event.pdu;
    if (data.groups.isLocal(sender) || relayed.has(row.roomPos))
      at(row.roomPos).event = { eventId, server: serverOf(sender) };
  }
  return [...news.values()].sort((a, b) => a.roomPos - b.roomPos);
}
