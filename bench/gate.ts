// `node bench/gate.ts [directory] [seconds]`: durable writes a second through turns and the output gate, beside what the disk gives to
// bare syncs, and how long the main thread stood still while the log was checkpointed under load.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readConfig } from '../src/runtime/node/config.ts';
import { Homeserver } from '../src/runtime/node/homeserver.ts';
import { makeLog } from '../src/runtime/node/logger.ts';
import { notesHouse, notesOf } from '../tests/runtime/node/notes.ts';

const parent = process.argv[2] ?? tmpdir();
const seconds = Number(process.argv[3] ?? 2);
const directory = mkdtempSync(join(parent, 'hearth-bench-'));

function bareSyncs(): number {
  const file = openSync(join(directory, 'bare'), 'w');
  const page = Buffer.alloc(4096, 1);
  const until = performance.now() + seconds * 1000;
  let count = 0;
  for (; performance.now() < until; count++) {
    writeSync(file, page, 0, page.length, (count % 1000) * 4096);
    fdatasyncSync(file);
  }
  closeSync(file);
  return count / seconds;
}

const homeserver = new Homeserver(readConfig(['--data', join(directory, 'data')], {}), notesHouse, {
  log: makeLog('warn'),
  failpoint: () => undefined,
  broken: (error) => {
    throw error;
  },
  copyCalls: false,
});

let noted = 0;
async function durableWrites(clients: number, bytes: number, forSeconds: number): Promise<number> {
  const before = noted;
  const until = performance.now() + forSeconds * 1000;
  const client = async (number: number): Promise<void> => {
    const notes = notesOf(homeserver.objects, `room ${number}`);
    while (performance.now() < until) {
      await homeserver.data.checkpoints.held;
      await notes.note(`${noted++} `.padEnd(bytes, 'x'));
      await homeserver.data.gate.settled();
    }
  };
  await Promise.all([...Array(clients).keys()].map(client));
  return (noted - before) / forSeconds;
}

const log = join(directory, 'data', 'hearth.db-wal');
console.log(`bare write and fdatasync: ${bareSyncs().toFixed(0)} a second`);
for (const clients of [1, 64])
  console.log(
    `durable writes, ${clients} at once: ${(await durableWrites(clients, 800, seconds)).toFixed(0)} a second`,
  );
const delay = monitorEventLoopDelay({ resolution: 1 });
let largest = 0;
const watch = setInterval(() => {
  largest = Math.max(largest, statSync(log).size);
}, 10);
delay.enable();
const rate = await durableWrites(64, 4000, seconds * 3);
delay.disable();
clearInterval(watch);
console.log(
  `64 at once, 4 kB each, with checkpoints: ${rate.toFixed(0)} a second; log at most ${(largest / 2 ** 20).toFixed(0)} MB; ` +
    `main thread stood still at most ${(delay.max / 1e6).toFixed(1)} ms, 99.9 % below ${(delay.percentile(99.9) / 1e6).toFixed(1)} ms`,
);
await homeserver.close();
rmSync(directory, { recursive: true, force: true });
process.exit(0);
