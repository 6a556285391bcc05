// `node bench/abuse.ts`: how others fare while somebody misbehaves: one user at a hundred times the limit, two thousand connections
// that dribble, a body of a gigabyte. With the default rate limits. Linux only: memory is read from /proc.
// `node bench/abuse.ts workers`: the one user alone, in workerd; connections and bodies are the platform's there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { roomPath } from '../tests/black-box/client.ts';

const V3 = '/_matrix/client/v3';
const OTHERS = 10;
const SECONDS = 15;
const SLOW = 2000;
const GIGABYTE = 2 ** 30;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const folder = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
const workers = process.argv[2] === 'workers';
const program = workers ? 'src/runtime/workers/local/main.ts' : 'src/runtime/node/main.ts';
const flags = [
  '--port',
  workers ? '18743' : '0',
  '--data',
  folder,
  '--registration',
  'open',
  '--rate-limit-registration',
  'off',
];
const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
const [said] = (await once(child.stdout, 'data')) as [Buffer];
const port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(said.toString())?.[1]);

// workerd says that it serves a moment before it does.
while (workers && !(await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))) await delay(100);

interface Got {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

function call(method: string, path: string, body: object | undefined, token?: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const outgoing = request({ host: '127.0.0.1', port, path, method, agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as Got['body'] }));
    });
    outgoing.on('error', reject);
    outgoing.end(body && JSON.stringify(body));
  });
}

const rssMb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
const people = await Promise.all(
  Array.from({ length: OTHERS + 1 }, async (_, n) => {
    const account = { username: `user${n}`, password: 'password', auth: { type: 'm.login.dummy' } };
    return String((await call('POST', `${V3}/register`, account)).body['access_token']);
  }),
);
const [noisy = '', ...others] = people;
const roomId = String((await call('POST', `${V3}/createRoom`, { preset: 'public_chat' }, noisy)).body['room_id']);
for (const token of others) await call('POST', `${V3}/join/${encodeURIComponent(roomId)}`, {}, token);
let transaction = 0;
const send = (token: string): Promise<Got> =>
  call('PUT', `${roomPath(roomId)}/send/m.room.message/b${transaction++}`, { msgtype: 'm.text', body: 'x' }, token);

/** The others send two messages a second each, for some seconds; answers how long that took them. */
async function calm(what: string): Promise<void> {
  const took: number[] = [];
  const start = performance.now();
  const refusedOnes: number[] = [];
  await Promise.all(
    others.map(async (token) => {
      for (let n = 0; n < SECONDS * 2; n++) {
        const begin = performance.now();
        const { status } = await send(token);
        took.push(performance.now() - begin);
        if (status !== 200) refusedOnes.push(status);
        await delay(Math.max(0, start + (n + Math.random()) * 500 - performance.now()));
      }
    }),
  );
  took.sort((left, right) => left - right);
  const at = (share: number): string => took[Math.floor((took.length - 1) * share)]!.toFixed(1);
  console.log(
    `${what}: others' sends p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms; ${refusedOnes.length} of ${took.length} refused`,
  );
}

await calm('alone');

const statuses = new Map<number, number>();
let going = true;
const noise = (async () => {
  while (going) {
    for (let n = 0; n < 5; n++)
      void send(noisy).then(({ status }) => statuses.set(status, (statuses.get(status) ?? 0) + 1));
    await delay(10);
  }
})();
await calm('one user at 100 times the limit');
going = false;
await noise;
console.log(`  that user's answers: ${[...statuses].map(([status, count]) => `${status}: ${count}`).join(', ')}`);
if (workers) {
  child.kill('SIGTERM');
  await once(child, 'exit');
  rmSync(folder, { recursive: true });
  process.exit(0);
}

const before = rssMb();
const slow: Socket[] = Array.from({ length: SLOW }, (_, n) => {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`POST ${V3}/login HTTP/1.1\r\nHost: x\r\n${n % 2 === 0 ? '' : 'Content-Length: 60000\r\n\r\n'}`);
  return socket;
});
const opened = performance.now();
const lasted: number[] = [];
for (const socket of slow)
  socket.once('close', () => {
    lasted.push(performance.now() - opened);
  });
const dribble = setInterval(() => {
  for (const [n, socket] of slow.entries()) if (socket.writable) socket.write(n % 2 === 0 ? 'X-A: b\r\n' : 'x');
}, 1000);
await calm(`${SLOW} connections that dribble`);
while (slow.some((socket) => !socket.destroyed) && performance.now() - opened < 90_000) await delay(500);
clearInterval(dribble);
console.log(
  `  ${lasted.length} of them closed, the last after ${(Math.max(...lasted) / 1000).toFixed(0)} s; memory ${before.toFixed(0)} → ${rssMb().toFixed(0)} MB`,
);

const start = rssMb();
let most = start;
const watch = setInterval(() => {
  most = Math.max(most, rssMb());
}, 20);
const socket = connect(port, '127.0.0.1');
let heard = '';
socket.on('data', (chunk) => {
  heard += chunk.toString('latin1');
});
socket.on('error', () => undefined);
const ended = new Promise<void>((resolve) => {
  socket.once('close', () => resolve());
});
socket.write(`POST ${V3}/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
const chunk = Buffer.from(`10000\r\n${'x'.repeat(0x10000)}\r\n`);
let sent = 0;
for (; sent < GIGABYTE && socket.writable; sent += 0x10000)
  if (!socket.write(chunk)) await Promise.race([once(socket, 'drain').catch(() => undefined), ended]);
socket.end();
await ended;
clearInterval(watch);
console.log(
  `a body of a gigabyte in chunks: ${heard.slice(0, 12)} after at most ${(sent / 2 ** 20).toFixed(0)} MB; memory ${start.toFixed(0)} MB, at most ${most.toFixed(0)} MB`,
);
child.kill('SIGTERM');
await once(child, 'exit');
rmSync(folder, { recursive: true });
process.exit(0);
