// A storm of requests over every endpoint: half of them nearly good, half of them rubbish, many cut off in the middle. The same
// seed gives the same requests.
import { connect } from 'node:net';
import type { Endpoint } from '../../src/api/endpoint.ts';
import { endpoints } from '../../src/api/endpoints.ts';

export interface World {
  readonly port: number;
  readonly token: string;
  /** Good values of path parameters. */
  readonly values: ReadonlyMap<string, string>;
}

export interface Outcome {
  readonly answered: number;
  readonly cutOff: number;
  readonly statuses: ReadonlyMap<number, number>;
  /** Answers that tell of a failure of the server, with their requests. */
  readonly failures: readonly string[];
}

const AT_ONCE = 24;
/** What would end the session that the rest of the storm needs. */
const ENDS_SESSION = /logout|deactivate|account\/password/;
const RUBBISH = [
  '',
  '%00',
  '__proto__',
  '..',
  '%2F',
  '-1',
  '1.5',
  '9'.repeat(20),
  '%F0%9F%98%80',
  '%ff',
  'x'.repeat(3000),
];
const SIGILS = ['$', '!', '@', '@:', '!:x', '#a:b', '@nobody:hs1', '!none:hs1'];
const QUERIES = [
  'limit=0',
  'limit=-1',
  'limit=1000000000',
  'limit=1.5',
  'limit=x',
  'timeout=0',
  'timeout=x',
  'since=s1_1',
  'dir=b',
  'dir=f',
  'from=p0',
  'from=x',
  'to=p99999999',
  'version=1',
  'at=p0',
  'filter=%7B%7D',
  'filter=%7B%22room%22%3A1%7D',
  'filter=1',
  'kind=guest',
  'username=x',
  'membership=join',
  'full_state=true',
  '%00=%ff',
  '&&=&',
];
const NAMES = [
  'user_id',
  'type',
  'messages',
  'device_keys',
  'rooms',
  'auth',
  'reason',
  'invite',
  'm.read',
  '__proto__',
  'x',
];

type Choose = <T>(of: readonly T[]) => T;

/** Sends `count` requests and resolves when all are answered or cut off. */
export async function storm(world: World, count: number, seed: number): Promise<Outcome> {
  const random = numbers(seed);
  const statuses = new Map<number, number>();
  const failures: string[] = [];
  let [next, answered, cutOff] = [0, 0, 0];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next++ < count) {
        const request = requestText(world, random);
        const cut = random() < 0.25 ? Math.floor(random() * 4) : undefined;
        const answer = await exchange(world.port, request, cut, random);
        if (answer === undefined) {
          cutOff++;
          continue;
        }
        answered++;
        const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 0 || status >= 500) failures.push(`${request.slice(0, 600)}\n→ ${answer.slice(0, 300)}`);
      }
    }),
  );
  return { answered, cutOff, statuses, failures };
}

function requestText({ token, values }: World, random: () => number): string {
  const choose: Choose = (of) => of[Math.floor(random() * of.length)]!;
  const endpoint = choose(endpoints);
  const value = (name: string): string =>
    random() < 0.7 ? encodeURIComponent(values.get(name) ?? 'x') : choose([...RUBBISH, ...SIGILS]);
  const path = choose([endpoint.path, ...(endpoint.alsoPaths ?? [])]).replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    value(name),
  );
  const query = Array.from({ length: Math.floor(random() * 4) }, () => choose(QUERIES)).join('&');
  const bearer = random() < 0.9 && !ENDS_SESSION.test(path) ? token : choose(['', 'x', `${token}x`, 'h_99_x_y']);
  const method =
    random() < 0.95 ? endpoint.method : choose(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);
  const body = Buffer.from(bodyText(endpoint, random, choose), random() < 0.05 ? 'latin1' : 'utf8').toString('latin1');
  return [
    `${method} ${path}${query === '' ? '' : `?${query}`} HTTP/1.1`,
    'Host: x',
    'Connection: close',
    ...(bearer === '' ? [] : [`Authorization: Bearer ${bearer}`]),
    ...(random() < 0.02 ? ['Content-Encoding: gzip'] : []),
    ...(method === 'GET' && random() < 0.9 ? [] : [`Content-Length: ${body.length}`]),
    '',
    body,
  ].join('\r\n');
}

function bodyText(endpoint: Endpoint, random: () => number, choose: Choose): string {
  const names = Object.keys((endpoint.body as { entries?: object } | undefined)?.entries ?? {});
  const members = Array.from({ length: Math.floor(random() * 4) }, () => {
    const name = names.length > 0 && random() < 0.8 ? choose(names) : choose(NAMES);
    return `${JSON.stringify(name)}:${valueText(random, choose, 3)}`;
  });
  const text = `{${members.join(',')}}`;
  return random() < 0.9 ? text : text.slice(0, Math.floor(random() * text.length));
}

function valueText(random: () => number, choose: Choose, depth: number): string {
  const kind = depth === 0 ? 0 : random();
  if (kind < 0.6)
    return choose([
      'null',
      'true',
      '0',
      '-1',
      '1.5',
      '1e300',
      '""',
      '"x"',
      '"é"',
      '"\\ud800"',
      '"@alice:hs1"',
      '"m.room.message"',
    ]);
  const inner = Array.from({ length: Math.floor(random() * 3) }, () => valueText(random, choose, depth - 1));
  return kind < 0.8
    ? `[${inner.join(',')}]`
    : `{${inner.map((text) => `${JSON.stringify(choose([...NAMES, ...SIGILS]))}:${text}`).join(',')}}`;
}

/** The answer; undefined when the connection was reset on purpose: 0 within the request, 1 after it, 2 within the answer;
 * 3 when it was ended a byte too early. */
function exchange(
  port: number,
  request: string,
  cut: number | undefined,
  random: () => number,
): Promise<string | undefined> {
  const within = Math.floor(random() * request.length);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const reset = (): void => {
      socket.resetAndDestroy();
      resolve(undefined);
    };
    socket.on('error', () => resolve(cut === undefined ? answer : undefined));
    socket.on('close', () => resolve(cut === undefined ? answer : undefined));
    socket.on('data', (chunk) => {
      if (cut === 2) reset();
      else answer += chunk.toString('latin1');
    });
    socket.once('connect', () => {
      if (cut !== undefined && cut < 2) {
        socket.write(cut === 0 ? request.slice(0, within) : request, 'latin1', () => setImmediate(reset));
        return;
      }
      if (cut === 3) socket.end(request.slice(0, -1), 'latin1');
      else socket.write(request, 'latin1');
    });
  });
}

/** Numbers in [0, 1), the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
