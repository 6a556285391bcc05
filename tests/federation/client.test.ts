// What we ask other servers, and what becomes of what they answer (P37 in part).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetOf } from '../../src/federation/client.ts';
import { destinationOf } from '../../src/federation/destination.ts';
import { makeFederation } from '../../src/federation/federation.ts';
import { answerJson } from './scripted-server.ts';
import { FederationWorld } from './world.ts';

function asking() {
  const world = new FederationWorld();
  const { client } = makeFederation(world.hearth('hs1.test').env);
  const evil = world.scripted();
  const ask = (more: Partial<Parameters<typeof client.send>[0]> = {}) =>
    client.send({ destination: 'evil.test', method: 'GET', target: '/x', ...more });
  return { world, evil, ask };
}

test('an error of another server is told with its code, status and when to come again', async () => {
  const { evil, ask } = asking();
  evil.on('GET', /^\/x/, () => answerJson(429, { errcode: 'M_LIMIT_EXCEEDED', error: 'slow', retry_after_ms: 5000 }));
  const { kind, ...rest } = await ask();
  assert.equal(kind, 'refused');
  assert.deepEqual(rest, {
    status: 429,
    errcode: 'M_LIMIT_EXCEEDED',
    message: 'slow',
    retryAfterMs: 5000,
    json: { errcode: 'M_LIMIT_EXCEEDED', error: 'slow', retry_after_ms: 5000 },
  });
});

test('a redirect is not followed', async () => {
  const { world, evil, ask } = asking();
  evil.on('GET', /^\/x/, () => ({ status: 302, headers: [['location', 'https://hs1.test:8448/y']], body: '' }));
  assert.equal((await ask()).kind, 'refused');
  assert.equal(world.sent.length, 1);
});

for (const [what, body] of [
  ['a page', '<html></html>'],
  ['a list', '[]'],
  ['nothing', ''],
  ['a name twice', '{"a":1,"a":2}'],
  ['bytes that are no text', new Uint8Array([0x7b, 0xff, 0x7d])],
] as const)
  test(`an answer is garbage if it is ${what}`, async () => {
    const { evil, ask } = asking();
    evil.on('GET', /^\/x/, () => ({ status: 200, headers: [], body }));
    for (const more of [{}, { lists: new Map([['events', 10]]) }]) {
      const answer = await ask(more);
      assert.deepEqual([answer.kind, 'reason' in answer && answer.reason], ['failed', 'garbage']);
    }
  });

test('lists of a long answer come as the texts of their members, however many pauses that takes', async () => {
  const { evil, ask } = asking();
  const members = Array.from({ length: 1000 }, (_, n) => `{"n":${n}.0,"text":"${'x'.repeat(10_000)}"}`);
  const body = `{"a":[1],"events":[${members.join(' , ')}],"none":{"events":[2]},"broken":[{]}`;
  evil.on('GET', /^\/x/, () => ({ status: 200, headers: [], body }));
  const lists = new Map([
    ['events', 1000],
    ['broken', 5],
  ]);
  const answer = await ask({ lists, maxAnswerBytes: 20_000_000 });
  assert.ok(answer.kind === 'failed', 'a list that ends nowhere');
  evil.on('GET', /^\/x/, () => ({ status: 200, headers: [], body: body.replace('[{]', '[{},}}]') }));
  assert.equal((await ask({ lists, maxAnswerBytes: 20_000_000 })).kind, 'failed');
  evil.on('GET', /^\/x/, () => ({ status: 200, headers: [], body: body.replace('[{]', '[01, {"a":1,"a":2}]') }));
  const good = await ask({ lists, maxAnswerBytes: 20_000_000 });
  assert.ok(good.kind === 'ok');
  assert.deepEqual(good.json, { a: [1], events: [], none: { events: [2] }, broken: [] });
  assert.deepEqual(good.lists?.get('events'), members);
  assert.deepEqual(good.lists?.get('broken'), ['01', '{"a":1,"a":2}'], 'who reads them finds what they are');
  const few = await ask({ lists: new Map([['events', 999]]), maxAnswerBytes: 20_000_000 });
  assert.deepEqual([few.kind, 'reason' in few && few.reason], ['failed', 'garbage']);
});

test('an answer with more than a megabyte beside its lists is garbage', async () => {
  const { evil, ask } = asking();
  const body = `{"events":[],"more":"${'x'.repeat(1_000_000)}"}`;
  evil.on('GET', /^\/x/, () => ({ status: 200, headers: [], body }));
  const answer = await ask({ lists: new Map([['events', 10]]), maxAnswerBytes: 20_000_000 });
  assert.deepEqual([answer.kind, 'reason' in answer && answer.reason], ['failed', 'garbage']);
});

test('a server that hangs, answers too much or is not there is unreachable', async () => {
  const { world, evil, ask } = asking();
  evil.on('GET', /^\/x/, () => new Promise(() => undefined));
  const hanging = ask({ timeoutMs: 5000 });
  await world.sleep(5000);
  evil.on('GET', /^\/x/, () => answerJson(200, { text: 'x'.repeat(2000) }));
  const long = ask({ maxAnswerBytes: 1000 });
  world.goDown('evil.test');
  for (const answer of [await hanging, await long, await ask(), await ask({ destination: 'nobody.test' })])
    assert.deepEqual([answer.kind, 'reason' in answer && answer.reason], ['failed', 'unreachable']);
});

test('nothing is sent to what is no server, or to ourselves', async () => {
  const { world, ask } = asking();
  for (const destination of ['', 'a b', 'evil.test:99999', '[::1', 'x/y', 'hs1.test']) {
    const answer = await ask({ destination });
    assert.deepEqual([answer.kind, 'reason' in answer && answer.reason], ['failed', 'no-destination'], destination);
  }
  assert.equal(world.sent.length, 0);
});

test('a text goes out as it is, and the signature holds for it', async () => {
  const world = new FederationWorld();
  const { client } = makeFederation(world.hearth('hs1.test').env);
  world.hearth('hs2.test');
  const text = '{ "origin" : "hs1.test", "origin_server_ts": 1.0, "pdus": [ ] }';
  const target = '/_matrix/federation/v1/send/x';
  const answer = await client.send({ destination: 'hs2.test', method: 'PUT', target, body: text });
  assert.equal(answer.kind, 'ok');
});

test('the parts of a path are encoded so that nothing on the way rewrites them', () => {
  const target = targetOf(['_matrix', 'a/b', '$e+f=', "!'()*", 'ü'], [['v', '$x&y']]);
  assert.equal(target, '/_matrix/a%2Fb/%24e%2Bf%3D/%21%27%28%29%2A/%C3%BC?v=%24x%26y');
  const url = new URL(`https://a.test:8448${target}`);
  assert.equal(url.pathname + url.search, target);
  assert.throws(() => targetOf(['_matrix', '..']));
});

test('a server is asked at its name, at the port that it names or at 8448', () => {
  assert.equal(destinationOf('a.test'), 'https://a.test:8448');
  assert.equal(destinationOf('A.test:443'), 'https://A.test:443');
  assert.equal(destinationOf('192.0.2.1'), 'https://192.0.2.1:8448');
  assert.equal(destinationOf('[2001:db8::1]:1234'), 'https://[2001:db8::1]:1234');
});

test('a name that a URL would read as another host is not asked', () => {
  // A number is an address of four bytes in a URL.
  for (const name of ['1', '0x7f.1', '127.1', '2130706433']) assert.equal(destinationOf(name), undefined, name);
});
