// `node bench/login-oracle.ts [workers]`: whether the time of a refused login tells if there is such a user (P66). Logins of each
// kind take turns in an order drawn anew each round, with the password cost that everybody has; what is compared are medians,
// beside the difference that two of the same kind have by chance. Ends with 1 if it makes a fifth or more, and more than chance.
// The test of it counts hashes instead: tests/api/rate-limits.test.ts.
import { type Start, Measured } from './servers/measured.ts';
import { hearthOnNode, hearthOnWorkerd } from './servers/hearth.ts';

const V3 = '/_matrix/client/v3';
const ROUNDS = 100;
const ALLOWED = 0.2;

/** A server whose passwords cost what they cost outside of tests. */
const costly =
  (start: Start): Start =>
  (place) => {
    const { command, parts, environment } = start(place);
    const at = parts.indexOf('--password-cost');
    return { command, parts: parts.toSpliced(at, 2), environment };
  };

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? NaN;
const workers = process.argv[2] === 'workers';
const server = await Measured.start(costly(workers ? hearthOnWorkerd : hearthOnNode));
const { caller } = server;
await caller.call('POST', `${V3}/register`, undefined, {
  username: 'alice',
  password: 'the password of alice',
  auth: { type: 'm.login.dummy' },
});
const login = (user: string, password: string) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user },
  password,
});
const KINDS: Readonly<Record<string, object>> = {
  'a user, wrong password': login('alice', 'a wrong password here'),
  'the same again': login('@alice:localhost', 'a wrong password here'),
  'no such user': login('nobody', 'a wrong password here'),
  'a user elsewhere': login('@alice:elsewhere.example', 'a wrong password here'),
  'no name at all': login('', 'a wrong password here'),
};
const took = new Map<string, number[]>(Object.keys(KINDS).map((kind) => [kind, []]));
const bodies = new Set<string>();
for (let round = -2; round < ROUNDS; round++) {
  const order = Object.keys(KINDS)
    .map((kind) => [Math.random(), kind] as const)
    .toSorted(([left], [right]) => left - right);
  for (const [, kind] of order) {
    const before = performance.now();
    const { status, body } = await caller.call('POST', `${V3}/login`, undefined, KINDS[kind]);
    // The first rounds warm up.
    if (round >= 0) took.get(kind)?.push(performance.now() - before);
    bodies.add(`${status} ${body.toString()}`);
  }
}
await server.stop();
const medians = new Map([...took].map(([kind, times]) => [kind, median(times)]));
for (const [kind, value] of medians) console.log(`${kind.padEnd(24)} median ${value.toFixed(2)} ms of ${ROUNDS}`);
const [user = NaN, again = NaN, ...others] = medians.values();
const usual = (user + again) / 2;
const noise = Math.abs(user - again) / usual;
const difference = Math.max(...others.map((other) => Math.abs(other - usual) / usual));
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
console.log(`difference ${percent(difference)}, between equals ${percent(noise)}; answers: ${[...bodies].join(' | ')}`);
process.exit((difference < ALLOWED || difference < noise) && bodies.size === 1 ? 0 : 1);
