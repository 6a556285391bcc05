// Calls to other servers: bounded in bytes and time, and no redirect is followed. Which addresses may be called is the
// platform's own (see tests/runtime/node/small-doors.test.ts and docs/runtimes.md).
import assert from 'node:assert/strict';
import type { OutboundAnswer, OutboundRequest } from '../../src/ports/http.ts';
import type { FrontCheck, FrontWorld } from './world.ts';

/** A call that ends by time should not take much longer; servers under load are slow. */
const PATIENCE_MS = 5000;

function call(world: FrontWorld, path: string, more: Partial<OutboundRequest> = {}): Promise<OutboundAnswer> {
  return world.env.http.send({
    method: 'GET',
    url: world.site + path,
    headers: [],
    body: undefined,
    maxAnswerBytes: 1000,
    timeoutMs: PATIENCE_MS,
    ...more,
  });
}

const textOf = (answer: OutboundAnswer): string => new TextDecoder().decode(answer.body);

/** The call fails, well before the patience ends, and the next one works. */
async function failsInTime(world: FrontWorld, path: string, more: Partial<OutboundRequest>): Promise<void> {
  const { clock } = world.env;
  const began = clock.monotonic();
  await assert.rejects(call(world, path, more));
  assert.ok(clock.monotonic() - began < PATIENCE_MS);
  assert.equal((await call(world, '/sized?5')).body.length, 5);
}

export const httpChecks: readonly FrontCheck[] = [
  {
    name: 'method, target, host, headers and bytes arrive as they were sent',
    async run(world) {
      const body = new Uint8Array([0, 123, 255, 10]);
      const answer = await call(world, '/echo?a=%2F&b=%20', { method: 'PUT', headers: [['X-Sent', 'yes']], body });
      assert.equal(answer.status, 200);
      assert.deepEqual(JSON.parse(textOf(answer)), {
        method: 'PUT',
        target: '/echo?a=%2F&b=%20',
        host: new URL(world.site).host,
        x: 'yes',
        sent: [...body],
      });
    },
  },
  {
    name: 'a call without a body has none, and one with an empty body may be made',
    async run(world) {
      for (const more of [{}, { method: 'DELETE' }, { method: 'POST', body: new Uint8Array() }]) {
        const { sent } = JSON.parse(textOf(await call(world, '/echo', more))) as { sent: number[] };
        assert.deepEqual(sent, []);
      }
    },
  },
  {
    name: "the answer's headers are found by lower-case names, those of one name joined",
    async run(world) {
      const answer = await call(world, '/headers');
      assert.equal(answer.header('x-mixed-case'), 'one');
      assert.equal(answer.header('x-twice'), 'one, two');
      assert.equal(answer.header('x-missing'), undefined);
      assert.equal(answer.header('__proto__'), undefined);
      assert.equal(answer.header('constructor'), undefined);
    },
  },
  {
    name: 'a redirect is an answer, and is not followed',
    async run(world) {
      const answer = await call(world, '/redirect');
      assert.equal(answer.status, 302);
      assert.match(answer.header('location') ?? '', /\/echo$/);
    },
  },
  {
    name: 'failures are answers too',
    async run(world) {
      for (const status of [400, 401, 404, 429, 500, 503]) {
        const answer = await call(world, `/status?${status}`);
        assert.deepEqual([answer.status, textOf(answer)], [status, `status ${status}`]);
      }
      assert.deepEqual([(await call(world, '/nothing')).status, (await call(world, '/nothing')).body.length], [204, 0]);
    },
  },
  {
    name: 'a body of as many bytes as are taken is taken, one more is an error, with and without a length',
    async run(world) {
      assert.equal((await call(world, '/sized?1000')).body.length, 1000);
      assert.equal((await call(world, '/streamed?1000')).body.length, 1000);
      await failsInTime(world, '/sized?1001', {});
      await failsInTime(world, '/streamed?1100', {});
      await failsInTime(world, '/sized?1', { maxAnswerBytes: 0 });
    },
  },
  {
    name: 'a body without an end is not read to its end',
    async run(world) {
      await failsInTime(world, '/endless', { maxAnswerBytes: 100_000 });
    },
  },
  {
    name: 'a server that never answers is given up at the time that was set',
    async run(world) {
      await failsInTime(world, '/hang', { timeoutMs: 100 });
    },
  },
  {
    name: 'a body that stops in its middle is given up at the time that was set',
    async run(world) {
      await failsInTime(world, '/half', { timeoutMs: 200 });
    },
  },
  {
    name: 'a body that is cut off is an error, never a short answer',
    async run(world) {
      await failsInTime(world, '/cut', {});
    },
  },
  {
    name: 'many calls at once each get their own answer',
    async run(world) {
      const sizes = [...Array(20).keys()];
      const answers = await Promise.all(sizes.map((size) => call(world, `/sized?${size}`)));
      assert.deepEqual(
        answers.map(({ body }) => body.length),
        sizes,
      );
    },
  },
  {
    name: 'where nobody listens there is an error',
    async run(world) {
      await failsInTime(world, '', { url: 'http://127.0.0.1:1/' });
    },
  },
  {
    name: 'only http and https are called',
    async run(world) {
      for (const url of ['ftp://127.0.0.1/', 'file:///etc/hosts', 'data:text/plain,hello', 'blob:x', 'no url', ''])
        await assert.rejects(call(world, '', { url }), url);
    },
  },
];
