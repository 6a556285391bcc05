// A thousand messages to three devices: each once, in order, to its device alone, though answers are lost and the server crashes.
// https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, type SyncAnswer } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

const V3 = '/_matrix/client/v3';
const ROUNDS = 334;

const contentsOf = (answer: SyncAnswer): string[] =>
  (answer.to_device?.events ?? []).map(({ content }) => String(content['text']));

/** Asks until there is an answer, as clients do. */
async function insist(client: Client, path: string, body: unknown): Promise<void> {
  for (;;) {
    const answer = await client.call('PUT', path, body).catch(() => undefined);
    if (answer?.status === 200) return;
    assert.ok(answer === undefined || answer.status >= 500, JSON.stringify(answer?.body));
    await client.server.sleep(20);
  }
}

for (const runtime of RUNTIMES) {
  test(
    `${runtime}: a thousand messages reach three devices once each and in order`,
    { timeout: 180_000 },
    async (t) => {
      const server = await Server.start(runtime);
      t.after(() => server.stop());
      const bob = await Client.register(server, 'bob');
      const alice = await Client.register(server, 'alice');
      const devices = [alice, await alice.login('PHONE'), await alice.login('LAPTOP')];
      const expected = new Map(devices.map(({ deviceId }) => [deviceId, [] as string[]]));
      const received = new Map(devices.map(({ deviceId }) => [deviceId, [] as string[]]));
      let sent = false;
      const sending = (async () => {
        for (let n = 0; n < ROUNDS; n++) {
          const star = n % 10 === 9;
          const texts = devices.map(({ deviceId }) => (star ? `all ${n}` : `${deviceId} ${n}`));
          for (const [index, { deviceId }] of devices.entries()) expected.get(deviceId)!.push(texts[index]!);
          const each = Object.fromEntries(devices.map(({ deviceId }, index) => [deviceId, { text: texts[index] }]));
          const messages = { [alice.userId]: star ? { '*': { text: `all ${n}` } } : each };
          await insist(bob, `${V3}/sendToDevice/test.type/t${n}`, { messages });
          // What was acknowledged is sent again, as after a lost answer.
          if (n % 7 === 0) await insist(bob, `${V3}/sendToDevice/test.type/t${n}`, { messages });
        }
        sent = true;
      })();
      const receiving = devices.map(async (device, index) => {
        const got = received.get(device.deviceId)!;
        let since: string | undefined;
        for (let round = index; ; round++) {
          const query = new URLSearchParams({ timeout: '100', ...(since === undefined ? {} : { since }) });
          const last = sent;
          const answer = await device.sync(Object.fromEntries(query)).catch(() => undefined);
          if (!answer) {
            await server.sleep(20);
            continue;
          }
          const texts = contentsOf(answer);
          assert.ok(texts.length <= 100);
          if (round % 3 === 0 && since !== undefined) {
            // The answer is lost: the same token brings it again, and what has come since after it.
            const again = await device.sync({ since }).catch(() => undefined);
            if (again) assert.deepEqual(contentsOf(again).slice(0, texts.length), texts);
            continue;
          }
          got.push(...texts);
          since = answer.next_batch;
          if (last && texts.length === 0) return;
        }
      });
      await server.sleep(400);
      await server.kill();
      await server.launch();
      await Promise.all([sending, ...receiving]);
      for (const { deviceId } of devices) assert.deepEqual(received.get(deviceId), expected.get(deviceId), deviceId);
    },
  );
}
