// A room has one root. https://spec.matrix.org/v1.19/client-server-api/#mroomcreate
//
// Rule 1 of the authorisation rules looks at an m.room.create event alone: one more of them, from the server that the room id
// names, passes. Taken in, it would stand against the true one wherever states are resolved, `m.federate` and all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildEvent } from '../../src/events/build-event.ts';
import { Change } from '../../src/rooms/change.ts';
import { receive } from '../../src/rooms/receipt/receipt.ts';
import { RoomData } from '../../src/rooms/room-data.ts';
import { alice, aRoom } from './world.ts';

for (const version of ['3', '6', '10', '11']) {
  test(`v${version}: a second m.room.create event is rejected, and the room stays as it was`, async () => {
    const room = await aRoom(version);
    const { signer } = room.world;
    const data = new RoomData(room.world.env(room.id));
    const { root, extremities } = data.head;
    const second = buildEvent(
      {
        type: 'm.room.create',
        stateKey: '',
        sender: alice.userId,
        roomId: data.roomId,
        content: { creator: alice.userId, room_version: version, 'm.federate': false },
        prevEvents: [],
        authEvents: [],
        depth: 1,
        originServerTs: data.env.clock.now(),
      },
      data.version,
      signer,
    );
    const keys = new Map([[signer.keyId, signer.publicKey]]);
    const { result } = Change.commit(data, (change) =>
      receive(change, { pdu: second, signatures: 'unverified', transaction: undefined }, () => keys),
    );
    assert.ok(!('outcome' in result));
    assert.equal(result.verdict, 'rejected');
    assert.equal(result.reason, 'second-create');
    assert.equal(data.head.root, root);
    assert.deepEqual(data.head.extremities, extremities);
  });
}
