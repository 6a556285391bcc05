// A storm of bad requests and broken connections leaves nothing behind: no failure, no descriptor, no timer, no listener.
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpServer } from '../../../../src/runtime/node/http-server.ts';
import { house } from '../../../../src/runtime/node/house.ts';
import { MemoryBell } from '../../../../src/runtime/shared/memory-bell.ts';
import { Homeserver } from '../../../../src/runtime/node/homeserver.ts';
import { readConfig } from '../../../../src/runtime/node/config.ts';
import { Client } from '../../../black-box/client.ts';
import { storm, type World } from '../../../black-box/storm.ts';
import { atEnd, temporaryDirectory } from '../opened.ts';

const COUNT = Number(process.env['STORM'] ?? 4000);

/** What a descriptor stands for; empty for one that is closed again. */
function target(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return '';
  }
}

/** What is open in this process. Sockets of one's own are gone when the storm is over. */
function open(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (process.platform === 'linux')
    for (const descriptor of readdirSync('/proc/self/fd')) {
      const kind = target(descriptor).replace(/[\d[\]]+/g, '');
      // The thread that copies the database's log opens it for itself, and rests later.
      if (kind.includes('hearth.db')) continue;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  return counts;
}

/** Waits until nothing is open that was not before; answers what still is. */
async function left(before: ReadonlyMap<string, number>): Promise<readonly string[]> {
  for (let tries = 0; ; tries++) {
    const more = [...open()].filter(([kind, count]) => count > (before.get(kind) ?? 0));
    if (more.length === 0 || tries > 200)
      return more.map(([kind, count]) => `${kind}: ${before.get(kind) ?? 0} → ${count}`);
    await delay(50);
  }
}

test('a storm of requests, many cut off, leaves nothing behind', async (t) => {
  const errors: string[] = [];
  const note = (message: string, facts?: object): void => void errors.push(`${message} ${JSON.stringify(facts ?? {})}`);
  const nothing = (): void => undefined;
  const log = { debug: nothing, info: nothing, warn: nothing, error: note };
  process.on('unhandledRejection', (error) => note(`unhandled: ${String(error)}`));
  const flags = [
    '--data',
    temporaryDirectory(t),
    '--server-name',
    'hs1',
    '--registration',
    'open',
    '--rate-limits',
    'off',
  ];
  const homeserver = new Homeserver(
    readConfig([...flags, '--password-cost', '16', '--sync-timeout', '2000'], {}),
    house,
    {
      log,
      failpoint: nothing,
      broken: (error) => note(`broken: ${String(error)}`),
      copyCalls: true,
    },
  );
  homeserver.start();
  atEnd(t, () => homeserver.close());
  const { gate, checkpoints } = homeserver.data;
  const server = new HttpServer({
    handler: homeserver.handler,
    gate,
    shown: homeserver.shown,
    held: () => checkpoints.held,
    log,
    failpoint: nothing,
    trustedProxies: [],
  });
  const port = await server.listen('127.0.0.1', 0);
  atEnd(t, () => server.stop(1000));

  const url = `http://127.0.0.1:${port}`;
  const alice = await Client.register(
    {
      url,
      sleep: (ms) => delay(ms),
      async request(method, path, headers, body) {
        const init = { method, headers: [...headers, ['connection', 'close']] as [string, string][] };
        const answer = await fetch(url + path, body === undefined ? init : { ...init, body: body as BodyInit });
        return {
          status: answer.status,
          header: (name) => answer.headers.get(name) ?? undefined,
          text: await answer.text(),
        };
      },
    },
    'alice',
  );
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  const values = new Map([
    ['roomId', roomId],
    ['roomIdOrAlias', roomId],
    ['eventId', await alice.send(roomId, 'x')],
    ['userId', alice.userId],
    ['deviceId', alice.deviceId],
    ['version', '1'],
    ['receiptType', 'm.read'],
    ['eventType', 'm.room.message'],
    ['keyName', 'displayname'],
  ]);
  const world: World = { port, token: alice.token, values };
  await storm(world, 500, 1);
  await left(new Map());
  const bell = homeserver.env.listening as MemoryBell;
  const before = open();

  const { answered, cutOff, statuses, failures } = await storm(world, COUNT, 2);
  assert.deepEqual(failures.slice(0, 5), []);
  assert.deepEqual(errors.slice(0, 5), []);
  assert.ok(answered > COUNT / 2 && cutOff > COUNT / 10, `${answered} answered, ${cutOff} cut off`);
  // It was not all refused for the same reason.
  for (const status of [200, 400, 401, 403, 404, 405]) assert.ok(statuses.has(status), JSON.stringify([...statuses]));
  assert.deepEqual(await left(before), []);
  assert.equal(bell.listeners, 0);
  assert.equal((await alice.call('GET', '/_matrix/client/v3/account/whoami')).status, 200);
});
