// `npm run bench [node|workers]`: durable sends a second in one room, beside what this machine can do at all, in the same run.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { Client, roomPath } from '../tests/black-box/client.ts';
import { Server, type Runtime } from '../tests/black-box/server.ts';

const runtime = (process.argv[2] ?? 'node') as Runtime;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends one request over a kept connection, with as little of its own cost as Node allows. */
function call(url: string, method: string, path: string, token: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url + path,
      { method, agent, headers: { authorization: `Bearer ${token}`, 'content-length': Buffer.byteLength(body) } },
      (answer) => {
        answer.resume().on('end', () => {
          resolve(answer.statusCode ?? 0);
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function sends(server: Server, senders: readonly Client[], roomId: string, count: number): Promise<Figures> {
  const took: number[] = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    senders.map(async (sender, who) => {
      for (let n = next++; n < count; n = next++) {
        const body = JSON.stringify({ msgtype: 'm.text', body: `message number ${n} ${'x'.repeat(100)}` });
        const begin = performance.now();
        const status = await call(
          server.url,
          'PUT',
          `${roomPath(roomId)}/send/m.room.message/b${who}x${n}x${Math.floor(start)}`,
          sender.token,
          body,
        );
        if (status !== 200) throw new Error(`a send was answered ${status}`);
        took.push(performance.now() - begin);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  took.sort((left, right) => left - right);
  return { perSecond: count / seconds, p50: took[Math.floor(count / 2)]!, p99: took[Math.floor(count * 0.99)]! };
}

/** Appends and syncs 4 kB at a time: no server that is durable can do more with one sender. */
function syncsPerSecond(): number {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
  const file = openSync(join(folder, 'log'), 'w');
  const page = Buffer.alloc(4096, 1);
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < 1000; count++) {
    writeSync(file, page);
    fdatasyncSync(file);
  }
  const perSecond = count / ((performance.now() - start) / 1000);
  closeSync(file);
  rmSync(folder, { recursive: true });
  return perSecond;
}

/** The same requests to a bare server that only answers: what HTTP alone costs here. */
async function bareHttp(senders: number, count: number): Promise<number> {
  const bare = createServer((incoming, answer) => {
    incoming.resume().on('end', () => {
      answer.end('{"event_id":"$0123456789012345678901234567890123456789012"}');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => bare.once('listening', resolve));
  const url = `http://127.0.0.1:${(bare.address() as AddressInfo).port}`;
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: senders }, async () => {
      while (next++ < count) await call(url, 'PUT', '/x', 't', '{"msgtype":"m.text","body":"x"}');
    }),
  );
  const perSecond = count / ((performance.now() - start) / 1000);
  bare.closeAllConnections();
  bare.close();
  return perSecond;
}

/** Processor time of a process and its children so far, in milliseconds. Linux only. */
function cpuMs(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const children = (of: number): number[] => {
    try {
      return readFileSync(`/proc/${of}/task/${of}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  };
  const own = (of: number): number => {
    const fields = readFileSync(`/proc/${of}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  return [pid, ...children(pid), ...children(pid).flatMap(children)].reduce((sum, of) => sum + own(of), 0);
}

const show = (name: string, { perSecond, p50, p99 }: Figures): void => {
  console.log(
    `${name.padEnd(28)} ${perSecond.toFixed(0).padStart(6)} a second   p50 ${p50.toFixed(2)} ms   p99 ${p99.toFixed(2)} ms`,
  );
};

console.log(`${runtime}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
console.log(
  `disk: ${syncsPerSecond().toFixed(0)} syncs of 4 kB a second; bare HTTP: ${(await bareHttp(1, 2000)).toFixed(0)} with one sender, ${(await bareHttp(10, 5000)).toFixed(0)} with ten`,
);
const server = await Server.start(runtime, runtime === 'node' ? { HEARTH_STRICT: '0' } : {});
try {
  const senders: Client[] = [];
  for (let n = 0; n < 10; n++) senders.push(await Client.register(server, `sender${n}`));
  const [alice, ...others] = senders as [Client, ...Client[]];
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  for (const client of others) await client.join(roomId);
  await sends(server, senders, roomId, 500);
  for (let round = 0; round < 3; round++) {
    show('one room, one sender', await sends(server, [alice], roomId, 500));
    const before = cpuMs(server.pid);
    show('one room, ten senders', await sends(server, senders, roomId, 2000));
    console.log(`${' '.repeat(28)} ${((cpuMs(server.pid) - before) / 2000).toFixed(2)} ms of processor time a send`);
  }
} finally {
  await server.stop();
  agent.destroy();
}
