// What must not be read: by who is not in a room, by who has left it, and by anybody once it is redacted.
import assert from 'node:assert/strict';
import { Client, roomPath, type Transport } from './client.ts';

const encoded = encodeURIComponent;
const v1 = (roomId: string): string => roomPath(roomId).replace('/v3/', '/v1/');
let transactions = 0;

async function send(by: Client, roomId: string, content: object, type = 'm.room.message'): Promise<string> {
  const path = `${roomPath(roomId)}/send/${type}/r${transactions++}`;
  return String((await by.ok('PUT', path, content)).body['event_id']);
}

const text = (body: string, relatesTo?: object): object => ({
  msgtype: 'm.text',
  body,
  ...(relatesTo === undefined ? {} : { 'm.relates_to': relatesTo }),
});

/** Every way to read of a room, and to write into it, that takes no more than an event's id. */
function doors(roomId: string, eventId: string, userId: string): readonly (readonly [string, string, object?])[] {
  const [room, v1Room, event] = [roomPath(roomId), v1(roomId), encoded(eventId)];
  return [
    ['GET', `${room}/state`],
    ['GET', `${room}/state/m.room.name`],
    ['GET', `${room}/state/m.room.name?format=event`],
    ['GET', `${room}/members`],
    ['GET', `${room}/members?at=p3`],
    ['GET', `${room}/joined_members`],
    ['GET', `${room}/messages?dir=b`],
    ['GET', `${room}/messages?dir=f`],
    ['GET', `${room}/event/${event}`],
    ['GET', `${room}/context/${event}`],
    ['GET', `${v1Room}/relations/${event}`],
    ['GET', `${v1Room}/relations/${event}/m.thread`],
    ['GET', `${v1Room}/relations/${event}/m.thread/m.room.message?recurse=true`],
    ['GET', `${v1Room}/threads`],
    ['GET', `${v1Room}/timestamp_to_event?ts=0&dir=f`],
    ['PUT', `${room}/send/m.room.message/outside`, text('x')],
    ['PUT', `${room}/send/m.room.message/bad`, {}],
    ['PUT', `${room}/state/m.room.create`, {}],
    ['PUT', `${room}/send/m.reaction/outside`, text('x', { rel_type: 'm.annotation', event_id: eventId, key: '+' })],
    ['PUT', `${room}/send/m.room.message/thread`, text('x', { rel_type: 'm.thread', event_id: eventId })],
    ['PUT', `${room}/state/m.room.topic`, { topic: 'x' }],
    ['PUT', `${room}/redact/${event}/outside`, {}],
    ['PUT', `${room}/typing/${encoded(userId)}`, { typing: true }],
    ['POST', `${room}/receipt/m.read/${event}`, {}],
    ['POST', `${room}/read_markers`, { 'm.fully_read': eventId }],
    ['POST', `${room}/read_markers`, { 'm.read': eventId }],
  ];
}

/** A stranger is told the same of a room, of another event of it, and of what does not exist. */
export async function strangersLearnNothing(server: Transport): Promise<void> {
  const alice = await Client.register(server, 'alice.inside');
  const carol = await Client.register(server, 'carol.outside');
  const roomId = await alice.createRoom({ preset: 'private_chat', name: 'secret' });
  const eventId = await send(alice, roomId, text('secret'));
  const child = await send(alice, roomId, text('secret child', { rel_type: 'm.reference', event_id: eventId }));
  const others = [
    [roomId, child],
    [roomId, '$none'],
    ['!nowhere:hs1', eventId],
    ['!nowhere:hs1', '$none'],
  ] as const;
  const expected = doors(roomId, eventId, carol.userId);
  const answers = await Promise.all(expected.map(([method, path, body]) => carol.call(method, path, body)));
  for (const [index, answer] of answers.entries()) {
    const words = expected[index]!.join(' ');
    assert.ok([403, 404].includes(answer.status), `${words}: ${answer.status}`);
    assert.ok(!JSON.stringify(answer.body).includes('secret'), words);
  }
  for (const [otherRoom, otherEvent] of others) {
    for (const [index, [method, path, body]] of doors(otherRoom, otherEvent, carol.userId).entries()) {
      const answer = await carol.call(method, path, body);
      const { status, body: told } = answers[index]!;
      assert.deepEqual([answer.status, answer.body], [status, told], `${method} ${path}`);
    }
  }
}

/** An event is found in its own room alone, whoever asks. */
export async function eventsStayInTheirRoom(server: Transport): Promise<void> {
  const alice = await Client.register(server, 'alice.tworooms');
  const [one, other] = [await alice.createRoom(), await alice.createRoom()];
  const eventId = await send(alice, one, text('x'));
  for (const path of [`${roomPath(other)}/event/`, `${roomPath(other)}/context/`, `${v1(other)}/relations/`]) {
    const answer = await alice.call('GET', path + encoded(eventId));
    assert.deepEqual([answer.status, answer.body.errcode], [404, 'M_NOT_FOUND'], path);
  }
}

/** After leaving nothing later is told: not what is said, not the state, not who comes, not that something was redacted why. */
export async function nothingAfterLeaving(server: Transport): Promise<void> {
  const alice = await Client.register(server, 'alice.stays');
  const bob = await Client.register(server, 'bob.leaves');
  const carol = await Client.register(server, 'carol.comes');
  const roomId = await alice.createRoom({ preset: 'public_chat', name: 'before' });
  await bob.join(roomId);
  const root = await send(alice, roomId, text('root'));
  await send(alice, roomId, text('early reply', { rel_type: 'm.thread', event_id: root }));
  const doomed = await send(alice, roomId, text('doomed'));
  await bob.ok('POST', `${roomPath(roomId)}/leave`, {});
  await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.name`, { name: 'later' });
  await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.topic`, { topic: 'later' });
  await carol.join(roomId);
  const after = await send(alice, roomId, text('later'));
  await send(alice, roomId, text('later reply', { rel_type: 'm.thread', event_id: root }));
  await send(alice, roomId, text('later reference', { rel_type: 'm.reference', event_id: root }));
  await send(alice, roomId, {
    ...text('* later edit', { rel_type: 'm.replace', event_id: root }),
    'm.new_content': text('later edit'),
  });
  await alice.ok('PUT', `${roomPath(roomId)}/redact/${encoded(doomed)}/later`, { reason: 'later reason' });
  const readable = doors(roomId, root, bob.userId).filter(([method]) => method === 'GET');
  let read = 0;
  for (const [method, path] of readable) {
    const answer = await bob.call(method, path);
    if (answer.status === 200) read += 1;
    else assert.ok([403, 404].includes(answer.status), path);
    const words = JSON.stringify(answer.body);
    assert.ok(!words.includes('later') && !words.includes(carol.userId), `${path}: ${words}`);
    assert.ok(!words.includes('"doomed"'), path);
  }
  assert.equal(read, readable.length - 1, 'only the joined members are not told');
  const { body } = await bob.ok('GET', `${roomPath(roomId)}/event/${encoded(root)}`);
  const bundled = (body['unsigned'] as Record<string, Record<string, Record<string, unknown>>>)['m.relations'];
  assert.deepEqual([Object.keys(bundled ?? {}), bundled?.['m.thread']?.['count']], [['m.thread'], 1]);
  const answer = await bob.call('GET', `${roomPath(roomId)}/event/${encoded(after)}`);
  assert.equal(answer.status, 404);
  const filter = JSON.stringify({ room: { include_leave: true, timeline: { limit: 100 } } });
  assert.ok(!JSON.stringify(await bob.sync({ filter })).includes('later'));
}

/** What is redacted is gone from every copy, and what related by it relates no more. */
export async function redactionIsComplete(server: Transport): Promise<string[]> {
  const alice = await Client.register(server, 'alice.redacts');
  const bob = await Client.register(server, 'bob.reads');
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  const root = await send(alice, roomId, text('root'));
  const doomed = [
    await send(alice, roomId, text('secret message')),
    await send(bob, roomId, text('secret reply', { rel_type: 'm.thread', event_id: root })),
    await send(alice, roomId, {
      ...text('* secret edit', { rel_type: 'm.replace', event_id: root }),
      'm.new_content': text('secret edit'),
    }),
    await send(alice, roomId, text('secret reference', { rel_type: 'm.reference', event_id: root })),
    await send(alice, roomId, text('secret', { rel_type: 'm.annotation', event_id: root, key: '+' }), 'm.reaction'),
    String(
      (await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.topic`, { topic: 'secret topic' })).body['event_id'],
    ),
  ];
  // The event after the topic carries it as prev_content.
  await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.topic`, { topic: 'new' });
  const since = (await bob.sync()).next_batch;
  for (const [index, id] of doomed.entries())
    await alice.ok('PUT', `${roomPath(roomId)}/redact/${encoded(id)}/redact${index}`, {});
  const carol = await Client.register(server, 'carol.late');
  await carol.join(roomId);
  for (const reader of [alice, bob, carol]) {
    const paths = [root, ...doomed].flatMap((id) => doors(roomId, id, reader.userId));
    for (const [, path] of paths.filter(([method]) => method === 'GET')) {
      const answer = await reader.call('GET', path);
      assert.ok(answer.status === 200 || path.includes('m.room.name'), `${path}: ${answer.status}`);
      assert.ok(!JSON.stringify(answer.body).includes('secret'), path);
    }
    assert.ok(!JSON.stringify(await reader.sync()).includes('secret'), '/sync');
    const { body } = await reader.ok('GET', `${roomPath(roomId)}/event/${encoded(root)}`);
    assert.equal((body['unsigned'] as Record<string, unknown>)['m.relations'], undefined);
    assert.deepEqual((await reader.ok('GET', `${v1(roomId)}/relations/${encoded(root)}`)).body['chunk'], []);
    assert.deepEqual((await reader.ok('GET', `${v1(roomId)}/threads`)).body['chunk'], []);
  }
  assert.ok(!JSON.stringify(await bob.sync({ since })).includes('secret'), 'incremental /sync');
  return doomed;
}
