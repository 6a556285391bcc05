// A disk that is really full: a file system of a few megabytes in a mount namespace of its own, filled up to its last byte, and
// a process that is let grow no file. Requests that write fail with an error, reads go on, and once there is room everything
// works again, in the same process, with all that was acknowledged. Node only: on Workers there is no disk to fill.
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { type Answer, Client, roomPath, type SyncEvent } from './client.ts';
import { Server } from './server.ts';

const V3 = '/_matrix/client/v3';
const DISK_BYTES = 24 * 1024 * 1024;
/** Rounds of a full disk, each with other free pages to begin with. */
const ROUNDS = 4;

interface Disk {
  readonly server: Server;
  /** The directory with the data, as seen from here. */
  readonly path: () => string;
  readonly fill: () => void;
  readonly free: () => void;
}

/** What may be tried on a disk, each as a request of its own that is repeated until it is acknowledged. */
const writes = (alice: Client, bob: Client, roomId: string) => ({
  send: (n: string) =>
    alice.call('PUT', `${roomPath(roomId)}/send/m.room.message/${n}`, { msgtype: 'm.text', body: n.padEnd(3000, '.') }),
  toDevice: (n: string) =>
    alice.call('PUT', `${V3}/sendToDevice/test.disk/${n}`, { messages: { [bob.userId]: { '*': { n } } } }),
  data: (n: string) => alice.call('PUT', `${V3}/user/${alice.userId}/account_data/test.${n}`, { n: n.padEnd(3000) }),
  topic: (n: string) => alice.call('PUT', `${roomPath(roomId)}/state/m.room.topic/`, { topic: n }),
  keys: (n: string) =>
    bob.call('POST', `${V3}/keys/upload`, {
      one_time_keys: { [`signed_curve25519:${n}`]: { key: n.padEnd(43, 'A'), signatures: {} } },
    }),
  room: (n: string) => alice.call('POST', `${V3}/createRoom`, { name: n, room_alias_name: `room-${n}` }),
});

type Name = keyof ReturnType<typeof writes>;
const NAMES: readonly Name[] = ['send', 'toDevice', 'data', 'topic', 'keys', 'room'];

async function story(disk: Disk): Promise<void> {
  const { server } = disk;
  const [alice, bob] = [await Client.register(server, 'alice'), await Client.register(server, 'bob')];
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  let since = (await bob.sync()).next_batch;
  const ask = writes(alice, bob, roomId);
  const acknowledged: Record<Name, string[]> = { send: [], toDevice: [], data: [], topic: [], keys: [], room: [] };
  const events = new Map<string, unknown>();
  const note = (name: Name, n: string, { body }: Answer): void => {
    acknowledged[name].push(n);
    if (name !== 'send') return;
    assert.equal(events.get(n) ?? body['event_id'], body['event_id'], 'its repetition is the same event');
    events.set(n, body['event_id']);
  };
  const { pid } = server;
  for (let round = 0; round < ROUNDS; round++) {
    disk.fill();
    const refused: [Name, string][] = [];
    for (let n = 0; n < 8; n++)
      for (const name of NAMES) {
        const answer = await ask[name](`${round}-${n}`);
        if (answer.status === 200) note(name, `${round}-${n}`, answer);
        else {
          assert.ok(
            answer.status >= 500 || answer.body.errcode === 'M_RESOURCE_LIMIT_EXCEEDED',
            JSON.stringify(answer),
          );
          refused.push([name, `${round}-${n}`]);
        }
      }
    assert.ok(refused.length >= 30, `${refused.length} were refused: the disk was full`);
    const nobody = new Client(server);
    const login = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'alice' },
      password: alice.password,
    };
    assert.ok((await nobody.call('POST', `${V3}/login`, login)).status >= 500, 'no session that would be lost');
    // What is there already is read as ever, by polls too.
    for (const client of [alice, bob]) {
      await client.ok('GET', `${V3}/account/whoami`);
      await client.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`);
      await client.ok('GET', `${roomPath(roomId)}/state`);
      assert.ok((await client.sync()).rooms?.join?.[roomId]);
    }
    // Longer than what is written late of a request is left unwritten.
    await bob.sync({ since, timeout: round === 0 ? '2500' : '50' });
    disk.free();
    for (const [name, n] of refused) {
      let answer = await ask[name](n);
      // Whatever was cut off may have been made for all that, but then it was made once.
      if (name === 'room' && answer.body.errcode === 'M_ROOM_IN_USE') continue;
      for (let times = 0; answer.status !== 200 && times < 3; times++) answer = await ask[name](n);
      assert.equal(answer.status, 200, `${name} with room on the disk: ${JSON.stringify(answer)}`);
      note(name, n, answer);
    }
    assert.equal(server.pid, pid);
    await nobody.ok('POST', `${V3}/login`, login);
  }
  const judge = async (): Promise<void> => {
    const found: string[] = [];
    for (let from = ''; ;) {
      const { body } = await bob.ok('GET', `${roomPath(roomId)}/messages?dir=f&limit=100${from}`);
      for (const event of body['chunk'] as SyncEvent[]) if (event.type === 'm.room.message') found.push(event.event_id);
      if (body['end'] === undefined) break;
      from = `&from=${encodeURIComponent(String(body['end']))}`;
    }
    assert.deepEqual(found.toSorted(), [...events.values()].toSorted());
    for (const n of acknowledged.data) await alice.ok('GET', `${V3}/user/${alice.userId}/account_data/test.${n}`);
    for (const n of acknowledged.room)
      await alice.ok('GET', `${V3}/directory/room/${encodeURIComponent(`#room-${n}:hs1`)}`);
    const { body } = await bob.ok('POST', `${V3}/keys/upload`, {});
    assert.deepEqual(body['one_time_key_counts'], { signed_curve25519: acknowledged.keys.length });
    const topic = await bob.ok('GET', `${roomPath(roomId)}/state/m.room.topic/`);
    assert.equal(topic.body['topic'], acknowledged.topic.at(-1));
  };
  await judge();
  assert.equal(server.pid, pid);
  await server.kill();
  await server.launch();
  await judge();
  const got: unknown[] = [];
  for (let more = true; more;) {
    const news = await bob.sync({ since });
    const messages = news.to_device?.events ?? [];
    got.push(...messages.map(({ content }) => content['n']));
    more = messages.length > 0;
    since = news.next_batch;
  }
  assert.deepEqual(got.toSorted(), acknowledged.toDevice.toSorted());
  assert.equal(new Set(got).size, got.length);
  await server.terminate();
  soundIs(disk.path());
}

/** What SQLite says of the database itself. */
function soundIs(path: string): void {
  const copy = mkdtempSync(join(tmpdir(), 'hearth-copy-'));
  try {
    const names = readdirSync(path).filter((name) => /\.(db|sqlite)/.test(name));
    assert.ok(names.length > 0);
    for (const name of names) copyFileSync(join(path, name), join(copy, name));
    for (const name of names.filter((one) => /\.(db|sqlite)$/.test(one))) {
      const database = new DatabaseSync(join(copy, name));
      assert.deepEqual({ ...database.prepare('PRAGMA quick_check').get() }, { quick_check: 'ok' });
      database.close();
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** A file system of its own as long as the child lives; undefined where nobody may mount one. */
async function mount(path: string): Promise<ChildProcess | undefined> {
  const script = 'mount -t tmpfs -o "size=$1" none "$0" && echo there && exec cat';
  const child = spawn('unshare', ['-rm', 'sh', '-c', script, path, String(DISK_BYTES)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const there = await Promise.race([
    once(child.stdout!, 'data').then(() => true),
    once(child, 'exit').then(() => false),
    once(child, 'error').then(() => false),
  ]);
  return there ? child : undefined;
}

/** Writes until nothing more can be written. */
function fillUp(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (let size = 1 << 20; size >= 1;) {
      try {
        if (writeSync(file, new Uint8Array(size)) < size) size >>= 1;
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
        size >>= 1;
      }
    }
  } finally {
    closeSync(file);
  }
}

test('a full disk: requests fail, reads go on, nothing is lost, and room is enough to go on', async (t: TestContext) => {
  const path = mkdtempSync(join(tmpdir(), 'hearth-disk-'));
  const holder = await mount(path);
  t.after(() => rmSync(path, { recursive: true, force: true }));
  if (!holder) {
    t.skip('no file system can be mounted here (unshare -rm)');
    return;
  }
  const seen = `/proc/${holder.pid}/root${path}`;
  const command = ['nsenter', '--preserve-credentials', '-t', String(holder.pid), '-U', '-m'];
  let server: Server | undefined;
  try {
    server = await Server.start('node', {}, { command, dataDirectory: path });
    await story({
      server,
      path: () => seen,
      fill: () => fillUp(join(seen, 'filler')),
      free: () => rmSync(join(seen, 'filler')),
    });
  } finally {
    await server?.kill();
    holder.stdin?.end();
    if (holder.exitCode === null) await once(holder, 'exit');
  }
});

test('no file may grow: requests fail, reads go on, nothing is lost, and room is enough to go on', async (t) => {
  const limit = (pid: number | undefined, bytes: string): void => {
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`], { stdio: 'ignore' });
  };
  const server = await Server.start('node');
  t.after(() => server.stop());
  try {
    limit(server.pid, 'unlimited');
  } catch {
    t.skip('no limits can be set here (prlimit)');
    return;
  }
  await story({
    server,
    path: () => server.dataDirectory,
    fill: () => limit(server.pid, '4096'),
    free: () => limit(server.pid, 'unlimited'),
  });
});
