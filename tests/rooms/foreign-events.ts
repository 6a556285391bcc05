// Events that were not drafted by the room: made as another server would, and offered to the checks on receipt.
import { buildEvent, type EventDraft } from '../../src/events/build-event.ts';
import type { Pdu } from '../../src/events/pdu.ts';
import type { Signer } from '../../src/events/signing-key.ts';
import type { Requester } from '../../src/ports/contracts/requester.ts';
import { Change } from '../../src/rooms/change.ts';
import { receive } from '../../src/rooms/receipt/receipt.ts';
import { RoomData } from '../../src/rooms/room-data.ts';
import type { StoredEvent } from '../../src/rooms/stored-event.ts';
import type { TestRoom } from './world.ts';

/** The room's data as of now, read from the tables: what is written here the room sees after a restart. */
export function dataOf(room: TestRoom): RoomData {
  return new RoomData(room.world.env(room.id));
}

export interface Written extends Partial<EventDraft> {
  readonly by: Requester;
  readonly body?: string;
}

/** An event such as a server would make of what `data` holds, following the extremities or the events named. */
export function event(data: RoomData, written: Written, signer: Signer): Pdu {
  const { by, body, ...rest } = written;
  const { head } = data;
  const needed = [
    ['m.room.power_levels', ''],
    ['m.room.member', by.userId],
  ] as const;
  const citing = [...(data.version.roomIdIsCreateHash ? [] : [['m.room.create', ''] as const]), ...needed];
  return buildEvent(
    {
      type: 'm.room.message',
      sender: by.userId,
      roomId: data.roomId,
      content: { msgtype: 'm.text', body: body ?? 'x' },
      prevEvents: head.extremities.flatMap((number) => data.byNumber(number)?.pdu.eventId ?? []),
      authEvents: citing.flatMap(([type, key]) => data.stateEvent(head.root, type, key)?.pdu.eventId ?? []),
      depth: head.depth + 1,
      originServerTs: data.env.clock.now(),
      ...rest,
    },
    data.version,
    signer,
  );
}

export function offer(
  room: TestRoom,
  data: RoomData,
  pdu: Pdu,
  signer = room.world.signer,
): ReturnType<typeof receive> {
  const keys = new Map([[signer.keyId, signer.publicKey]]);
  const candidate = { pdu, signatures: 'unverified', transaction: undefined } as const;
  return Change.commit(data, (change) =>
    receive(change, candidate, (name) => (name === signer.serverName ? keys : undefined)),
  ).result;
}

export function stored(outcome: ReturnType<typeof receive>): StoredEvent {
  if ('outcome' in outcome) throw new Error(`dropped: ${outcome.reason}`);
  return outcome;
}
