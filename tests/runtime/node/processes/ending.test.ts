// How a homeserver's process ends, and what is there when it starts again.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryDirectory } from '../opened.ts';
import { launch } from './launched.ts';

const put = async (url: string, path: string): Promise<number> => (await fetch(url + path, { method: 'PUT' })).status;
const list = async (url: string, name: string): Promise<unknown> => (await fetch(`${url}/${name}`)).json();

test('what was acknowledged is there after kill -9', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await launch(t, ['--data', directory]);
  for (let n = 0; n < 20; n++) assert.equal(await put(first.url, `/a/${n + 10}`), 200);
  first.child.kill('SIGKILL');
  await first.exitCode();
  const second = await launch(t, ['--data', directory]);
  assert.deepEqual(
    await list(second.url, 'a'),
    [...Array(20).keys()].map((n) => String(n + 10)),
  );
});

test('a second process on the same data directory is refused by name', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await launch(t, ['--data', directory]);
  const second = await launch(t, ['--data', directory]);
  assert.equal(await second.exitCode(), 1);
  assert.ok(second.output().includes(`${directory} is in use`), second.output());
  assert.equal(await put(first.url, '/a/still-there'), 200);
  first.child.kill('SIGTERM');
  assert.equal(await first.exitCode(), 0);
  assert.doesNotMatch(first.output(), /"level":(50|60)/, 'it noticed nothing of the second');
});

test('a data directory of another server name is refused', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await launch(t, ['--data', directory]);
  first.child.kill('SIGTERM');
  await first.exitCode();
  const second = await launch(t, ['--data', directory, '--server-name', 'other.example']);
  assert.equal(await second.exitCode(), 1);
  assert.match(second.output(), /belongs to the server name localhost/);
});

test('SIGTERM ends long polls with an answer, leaves no log to replay, and exits with 0', async (t) => {
  const directory = temporaryDirectory(t);
  const { child, url, exitCode } = await launch(t, ['--data', directory]);
  await put(url, '/a/one');
  const poll = fetch(`${url}/wait`);
  await put(url, '/a/two');
  child.kill('SIGTERM');
  assert.deepEqual(await (await poll).json(), { waited: true });
  assert.equal(await exitCode(), 0);
  assert.equal(existsSync(`${directory}/hearth.db-wal`), false);
  const again = await launch(t, ['--data', directory]);
  assert.deepEqual(await list(again.url, 'a'), ['one', 'two']);
});

test('SIGTERM under load: polls are answered, what was acknowledged is there, new connections are refused, exit 0', async (t) => {
  const directory = temporaryDirectory(t);
  const { child, url, exitCode } = await launch(t, ['--data', directory]);
  const acknowledged: string[] = [];
  let refused = 0;
  let ended = false;
  const writer = async (name: string): Promise<void> => {
    for (let n = 0; !ended; n++) {
      const status = await put(url, `/a/${name}-${n}`).catch(() => undefined);
      if (status === 200) acknowledged.push(`${name}-${n}`);
      else {
        refused++;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  };
  const polls = [...Array(50).keys()].map(() => fetch(`${url}/wait`).then((answer) => answer.json()));
  const writers = ['w', 'x', 'y', 'z'].map(writer);
  while (acknowledged.length < 100) await new Promise((resolve) => setTimeout(resolve, 5));
  const began = performance.now();
  child.kill('SIGTERM');
  assert.deepEqual(
    await Promise.all(polls),
    polls.map(() => ({ waited: true })),
  );
  assert.equal(await exitCode(), 0);
  assert.ok(performance.now() - began < 10_000);
  await assert.rejects(put(url, '/a/too-late'));
  ended = true;
  await Promise.all(writers);
  assert.ok(refused > 0);
  const again = await launch(t, ['--data', directory]);
  const notes = new Set((await list(again.url, 'a')) as string[]);
  assert.deepEqual(
    acknowledged.filter((note) => !notes.has(note)),
    [],
  );
});

test('a sync that fails ends the process at once, with 70, and acknowledges nothing more', async (t) => {
  const directory = temporaryDirectory(t);
  // The failpoint throws where the sync is asked for, as the sync's own failure would.
  const first = await launch(t, ['--data', directory], { HEARTH_FAILPOINT: 'after-sync:3:error' });
  const acknowledged: string[] = [];
  await assert.rejects(async () => {
    for (let n = 10; n < 30; n++) {
      await put(first.url, `/a/${n}`);
      acknowledged.push(String(n));
    }
  });
  assert.equal(await first.exitCode(), 70);
  assert.match(first.output(), /the disk or a thread failed/);
  const second = await launch(t, ['--data', directory]);
  const notes = (await list(second.url, 'a')) as string[];
  for (const note of acknowledged) assert.ok(notes.includes(note), note);
});

test('an alarm that came due while nobody ran fires after the next start', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await launch(t, ['--data', directory]);
  await fetch(`${first.url}/arm/a/1500`, { method: 'POST' });
  first.child.kill('SIGKILL');
  await first.exitCode();
  const second = await launch(t, ['--data', directory]);
  while ((await list(second.url, 'rings/a')) !== 1)
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
});

for (const name of ['before-commit', 'after-commit', 'before-sync', 'after-sync', 'before-answer']) {
  test(`a crash ${name} answers nothing, and the same request may be made again`, async (t) => {
    const directory = temporaryDirectory(t);
    // The first answer is to the request itself; commits before it are none, because the start commits by itself.
    const first = await launch(t, ['--data', directory], { HEARTH_FAILPOINT: `${name}:3:kill` });
    let acknowledged = 0;
    await assert.rejects(async () => {
      for (let n = 0; n < 10; n++) {
        await put(first.url, `/a/${n}`);
        acknowledged++;
      }
    });
    await first.exitCode();
    const second = await launch(t, ['--data', directory]);
    const notes = (await list(second.url, 'a')) as string[];
    for (let n = 0; n < acknowledged; n++) assert.ok(notes.includes(String(n)), `note ${n} was acknowledged`);
  });
}

test('a failpoint is refused outside of tests', async (t) => {
  const { exitCode, output } = await launch(t, ['--data', temporaryDirectory(t)], {
    HEARTH_TEST: '',
    HEARTH_FAILPOINT: 'before-sync:kill',
  });
  assert.equal(await exitCode(), 1);
  assert.match(output(), /HEARTH_FAILPOINT/);
});
