// A send whose server, or object, ends at each place that it passes: the client asks again, and there is one event.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Client, roomPath } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

const PLACES = ['answer', 'rooms.writing.send', 'users.stream.apply'];
/** A process commits and syncs when it starts too; tests/runtime/node/processes/ending.test.ts cuts it off there. */
const ON_WORKERS = ['commit'];

for (const runtime of RUNTIMES) {
  test(`${runtime}: wherever a send is cut off, its repetition makes one event`, { timeout: 120_000 }, async (t) => {
    const server = await Server.start(runtime);
    after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const roomId = await alice.createRoom({});
    const sent = new Map<string, string>();
    const names = [...PLACES, ...(runtime === 'workers' ? ON_WORKERS : [])].flatMap((place) => [
      `before-${place}`,
      ...(runtime === 'workers' && place === 'answer' ? [] : [`after-${place}`]),
    ]);
    for (const name of names) {
      await t.test(name, async () => {
        await server.kill();
        // Whoever looks whether the server is there passes the answer's points first.
        await server.launch({ HEARTH_FAILPOINT: `${name}:${name.endsWith('answer') ? 2 : 1}:kill` });
        const send = () =>
          alice.call('PUT', `${roomPath(roomId)}/send/m.room.message/${name}`, { msgtype: 'm.text', body: name });
        let acknowledged: string | undefined;
        let cut = 0;
        while (acknowledged === undefined) {
          const answer = await send().catch(() => undefined);
          if (answer?.status === 200) acknowledged = String(answer.body['event_id']);
          else {
            cut++;
            assert.ok(cut < 5, `${answer?.status} ${JSON.stringify(answer?.body)}`);
            if (runtime !== 'node') continue;
            await server.ended();
            await server.launch();
          }
        }
        if (runtime === 'node') assert.ok(cut > 0 || name === 'after-answer', 'it was cut off');
        if (name === 'after-answer') {
          await server.ended();
          await server.launch();
        }
        sent.set(name, acknowledged);
        assert.equal((await send()).body['event_id'], acknowledged);
      });
    }
    const { body } = await alice.call('GET', `${roomPath(roomId)}/messages?dir=b&limit=100`);
    const found = (body['chunk'] as { type: string; event_id: string; content: { body?: string } }[])
      .filter(({ type }) => type === 'm.room.message')
      .map(({ event_id, content }) => [content.body ?? '', event_id] as const);
    assert.equal(found.length, names.length);
    assert.deepEqual(new Map(found.reverse()), sent);
  });
}
