// `node bench/idle-polls.ts [polls]`: what so many waiting /syncs cost, and how soon those wake whom a message concerns, while one
// message a second is sent in some room of ten. Linux only: memory and file descriptors are read from /proc.
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Server } from '../tests/black-box/server.ts';

const polls = Number(process.argv[2] ?? 10_000);
const ROOM_SIZE = 10;
const MESSAGES = 20;
const POLL_MS = 30_000;
const V3 = '/_matrix/client/v3';
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

interface Person {
  readonly token: string;
  readonly userId: string;
  since: string;
  socket?: Socket;
  /** When the poll that waits now was answered. */
  woken?: (at: number) => void;
  polls: number;
}

function call(
  url: string,
  method: string,
  path: string,
  body?: object,
  token?: string,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const outgoing = request(url + path, { method, agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text) as Record<string, unknown>);
        else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body && JSON.stringify(body));
  });
}

/** Runs `work` for 0 to count - 1, sixteen at a time. */
async function many(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let n = next++; n < count; n = next++) await work(n);
    }),
  );
}

/** Polls without end on a socket of its own, with as little of its own cost as Node allows. */
function poll(port: number, person: Person): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  person.socket = socket;
  const ask = (): void => {
    person.polls++;
    socket.write(
      `GET ${V3}/sync?timeout=${POLL_MS}&since=${person.since} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${person.token}\r\n\r\n`,
    );
  };
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    const body = text.indexOf('\r\n\r\n') + 4;
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
    if (body < 4 || text.length < body + length) return;
    if (!text.startsWith('HTTP/1.1 200')) throw new Error(text);
    person.since = String((JSON.parse(text.slice(body)) as { next_batch: string }).next_batch);
    text = '';
    person.woken?.(performance.now());
    ask();
  });
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('connect', () => {
      ask();
      resolve();
    });
  });
}

const rssKb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
const files = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const cpuMs = (pid: number): number => {
  const parts = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(parts[11]) + Number(parts[12])) * 10;
};

const server = await Server.start('node');
const pid = server.pid!;
const port = Number(new URL(server.url).port);
console.log(`${polls} people in rooms of ${ROOM_SIZE} …`);
const people: Person[] = [];
await many(polls, async (n) => {
  const made = await call(server.url, 'POST', `${V3}/register`, {
    username: `user${n}`,
    password: 'password',
    auth: { type: 'm.login.dummy' },
  });
  people.push({ token: String(made['access_token']), userId: String(made['user_id']), since: '', polls: 0 });
});
const rooms = Array.from({ length: Math.ceil(polls / ROOM_SIZE) }, (_, n) =>
  people.slice(n * ROOM_SIZE, (n + 1) * ROOM_SIZE),
);
const roomIds: string[] = [];
await many(rooms.length, async (n) => {
  const [first, ...others] = rooms[n]!;
  const made = await call(server.url, 'POST', `${V3}/createRoom`, { preset: 'public_chat' }, first!.token);
  roomIds[n] = encodeURIComponent(String(made['room_id']));
  for (const { token } of others) await call(server.url, 'POST', `${V3}/join/${roomIds[n]}`, {}, token);
});
await many(polls, async (n) => {
  const filter = encodeURIComponent('{"room":{"timeline":{"limit":1}}}');
  people[n]!.since = String(
    (await call(server.url, 'GET', `${V3}/sync?filter=${filter}`, undefined, people[n]!.token))['next_batch'],
  );
});
await delay(5000);
const before = { rss: rssKb(pid), files: files(pid) };
await many(polls, (n) => poll(port, people[n]!));
await delay(10_000);
const waiting = { rss: rssKb(pid), files: files(pid) };

const took: number[] = [];
let lost = 0;
const cpu = cpuMs(pid);
const start = performance.now();
for (let n = 0; n < MESSAGES; n++) {
  const which = Math.floor(Math.random() * rooms.length);
  const members = rooms[which]!;
  const sender = members[0]!;
  const woken = members.map(
    (person) =>
      new Promise<number>((resolve) => {
        person.woken = resolve;
      }),
  );
  const sent = performance.now();
  await call(
    server.url,
    'PUT',
    `${V3}/rooms/${roomIds[which]}/send/m.room.message/${n}`,
    { msgtype: 'm.text', body: 'x' },
    sender.token,
  );
  const late = new AbortController();
  const times = await Promise.race([
    Promise.all(woken),
    delay(10_000, undefined, { signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
  if (times) took.push(...times.map((at) => at - sent));
  else lost++;
  await delay(Math.max(0, start + (n + 1) * 1000 - performance.now()));
}
const cpuShare = (cpuMs(pid) - cpu) / (performance.now() - start);
const during = rssKb(pid);
for (const { socket } of people) socket?.destroy();
await delay(5000);
const after = { rss: rssKb(pid), files: files(pid) };
took.sort((left, right) => left - right);
const at = (share: number): string => (took[Math.floor((took.length - 1) * share)] ?? Number.NaN).toFixed(1);
const mb = (kb: number): string => `${(kb / 1024).toFixed(0)} MB`;
console.log(
  [
    `without polls ${mb(before.rss)}, ${before.files} files open`,
    `${polls} polls waiting ${mb(waiting.rss)}, ${waiting.files} files open: ${((waiting.rss - before.rss) / polls).toFixed(1)} KB a poll`,
    `after ${MESSAGES} s of messages ${mb(during)}; processor ${(cpuShare * 100).toFixed(0)} % of one core, with ${people.reduce((sum, person) => sum + person.polls, 0)} polls asked in all`,
    `from sending to waking: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms, ${took.length} wakes, ${lost} messages lost`,
    `polls gone ${mb(after.rss)}, ${after.files} files open`,
  ].join('\n'),
);
await server.stop();
process.exit(0);
