// Keys of other servers, and our own (P05 to P08). https://spec.matrix.org/v1.19/server-server-api/#retrieving-server-keys
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { signJson } from '../../src/events/sign-json.ts';
import { signerFromSeed } from '../../src/events/signing-key.ts';
import { verifyJson } from '../../src/events/verify-json.ts';
import { makeFederation } from '../../src/federation/federation.ts';
import { isGood } from '../../src/federation/keys.ts';
import type { HttpAnswer } from '../../src/ports/http.ts';
import { decodeBase64, encodeBase64 } from '../../src/spec/base64.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { answerJson, type ScriptedServer } from './scripted-server.ts';
import { FederationWorld } from './world.ts';

const DAY_MS = 86_400_000;
const KEYS = /^\/_matrix\/key\/v2\/server$/;

function aWorld() {
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test');
  return { world, hs1, evil: world.scripted('evil.test') };
}

async function status(server: ScriptedServer): Promise<number> {
  return (await server.transaction('hs1.test', [])).status;
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'der', type: 'spki' });

const BAD: readonly (readonly [string, (evil: ScriptedServer) => HttpAnswer])[] = [
  ['another server name', (evil) => answerJson(200, evil.keys({ server_name: 'hon.test' }))],
  ['no signature', (evil) => answerJson(200, { ...evil.keys(), signatures: {} })],
  [
    'a signature by another key',
    (evil) => answerJson(200, evil.keys({}, signerFromSeed('evil.test', 'ed25519:e1', new Uint8Array(32).fill(3)))),
  ],
  [
    'a signature under another name',
    (evil) => answerJson(200, evil.keys({}, signerFromSeed('hon.test', 'ed25519:e1', new Uint8Array(32).fill(102)))),
  ],
  ['something changed after it was signed', (evil) => answerJson(200, { ...evil.keys(), valid_until_ts: 9e15 })],
  [
    'a key of 31 bytes',
    (evil) =>
      answerJson(200, evil.keys({ verify_keys: { 'ed25519:e1': { key: encodeBase64(new Uint8Array(31).fill(1)) } } })),
  ],
  [
    'an RSA key',
    (evil) => answerJson(200, evil.keys({ verify_keys: { 'ed25519:e1': { key: rsa.toString('base64') } } })),
  ],
  [
    'a key of another algorithm',
    (evil) => answerJson(200, evil.keys({ verify_keys: { 'rsa:e1': { key: rsa.toString('base64') } } })),
  ],
  ['keys that are no object', (evil) => answerJson(200, evil.keys({ verify_keys: [] }))],
  ['no time that it is valid until', (evil) => answerJson(200, evil.keys({ valid_until_ts: 'never' }))],
  ['keys that have ended already', (evil) => answerJson(200, evil.keys({ valid_until_ts: 1 }))],
  ['a page', () => ({ status: 200, headers: [['content-type', 'text/html']], body: '<html>no</html>' })],
  ['an error', () => answerJson(500, {})],
  ['far too much', () => ({ status: 200, headers: [], body: 'x'.repeat(1_000_000) })],
];

for (const [situation, answersKeys] of BAD)
  test(`keys are not used, and not asked for again at once: ${situation}`, async () => {
    const { hs1, evil } = aWorld();
    evil.answersKeys = () => answersKeys(evil);
    assert.equal(await status(evil), 401);
    assert.equal(await status(evil), 401);
    assert.equal(evil.asked(KEYS).length, 1);
    assert.deepEqual(hs1.errors, []);
  });

test('a key that has not signed beside one that has is left out', async () => {
  const { hs1, evil } = aWorld();
  const other = signerFromSeed('evil.test', 'ed25519:e2', new Uint8Array(32).fill(3));
  const verifyKeys = Object.fromEntries(
    [evil.signer, other].map(({ keyId, publicKey }) => [keyId, { key: encodeBase64(publicKey) }]),
  );
  evil.answersKeys = () => answerJson(200, evil.keys({ verify_keys: verifyKeys }));
  assert.equal(await status(evil), 200);
  const keys = await hs1.actors.servers('evil.test').keys.known('evil.test');
  assert.deepEqual(
    keys?.keys.map(({ keyId }) => keyId),
    ['ed25519:e1'],
  );
});

test('a server that failed is asked again later, and later each time', async () => {
  const { world, evil } = aWorld();
  world.goDown('evil.test');
  const fetches = (): number => world.sent.filter(({ from }) => from === 'hs1.test').length;
  for (const [pause, expected] of [
    [0, 1],
    [9000, 1],
    [2000, 2],
    [11_000, 2],
    [10_000, 3],
  ] as const) {
    await world.sleep(pause);
    assert.equal(await status(evil), 401);
    assert.equal(fetches(), expected);
  }
  world.comeBack('evil.test');
  await world.sleep(60_000);
  assert.equal(await status(evil), 200);
});

test('a key server that hangs holds nobody else up, and is asked once', async () => {
  const { world, evil } = aWorld();
  const hon = world.scripted('hon.test');
  evil.answersKeys = () => new Promise(() => undefined);
  const flood = Array.from({ length: 50 }, (_, n) => evil.transaction('hs1.test', [], { id: `f${n}` }));
  assert.equal(await status(hon), 200);
  await world.sleep(60_000);
  for (const answer of await Promise.all(flood)) assert.equal(answer.status, 401);
  assert.equal(evil.asked(KEYS).length, 1);
});

test('made-up key ids do not have a server asked again and again', async () => {
  const { evil } = aWorld();
  assert.equal(await status(evil), 200);
  for (let n = 0; n < 20; n++) {
    const signer = signerFromSeed('evil.test', `ed25519:n${n}`, new Uint8Array(32).fill(n));
    const body = evil.transactionBody([]);
    const answer = await evil.ask('hs1.test', 'PUT', '/_matrix/federation/v1/send/x', body, { signer });
    assert.equal(answer.status, 401);
  }
  assert.equal(evil.asked(KEYS).length, 1);
});

test('a key is good for seven days, whatever its server says', async () => {
  const { world, evil } = aWorld();
  evil.answersKeys = () => answerJson(200, evil.keys({ valid_until_ts: 32_503_680_000_000 }));
  assert.equal(await status(evil), 200);
  world.goDown('evil.test');
  await world.sleep(7 * DAY_MS - 1000);
  assert.equal(await status(evil), 200);
  await world.sleep(2000);
  assert.equal(await status(evil), 401);
});

test('a new key is found when a request is signed with it, and the old one signs no more', async () => {
  const { world, evil } = aWorld();
  assert.equal(await status(evil), 200);
  await world.sleep(61_000);
  const second = signerFromSeed('evil.test', 'ed25519:e2', new Uint8Array(32).fill(8));
  const old = { [evil.signer.keyId]: { key: encodeBase64(evil.signer.publicKey), expired_ts: world.time.clock.now() } };
  const keys = { verify_keys: { 'ed25519:e2': { key: encodeBase64(second.publicKey) } }, old_verify_keys: old };
  evil.answersKeys = () => answerJson(200, evil.keys(keys, second));
  const target = '/_matrix/federation/v1/send/n';
  const ask = async (deviations = {}): Promise<number> =>
    (await evil.ask('hs1.test', 'PUT', target, evil.transactionBody([]), deviations)).status;
  assert.equal(await ask({ signer: second }), 200);
  assert.equal(await ask(), 401);
});

test('an old key signs events up to its end and no longer', async () => {
  const { world, hs1, evil } = aWorld();
  const end = world.time.clock.now() - DAY_MS;
  const other = encodeBase64(signerFromSeed('evil.test', 'ed25519:old', new Uint8Array(32).fill(3)).publicKey);
  evil.answersKeys = () =>
    answerJson(200, evil.keys({ old_verify_keys: { 'ed25519:old': { key: other, expired_ts: end } } }));
  const { keyRing } = makeFederation(hs1.env);
  const [known] = await keyRing.gather([{ serverName: 'evil.test', keyIds: ['ed25519:old'], at: end }]);
  const old = known!.keys.find(({ keyId }) => keyId === 'ed25519:old')!;
  assert.deepEqual([isGood(old, end), isGood(old, end + 1), isGood(old, undefined)], [true, false, true]);
  assert.equal((await keyRing.forRequest('evil.test', ['ed25519:old'])).size, 0);
});

test('many servers are asked together, and who cannot be asked is left out', async () => {
  const { world, hs1 } = aWorld();
  for (let n = 0; n < 15; n++) world.scripted(`s${n}.test`);
  const { keyRing } = makeFederation(hs1.env);
  const at = world.time.clock.now();
  const wanted = [...Array.from({ length: 15 }, (_, n) => `s${n}.test`), 'nobody.test', 'no name'];
  const found = await keyRing.gather(wanted.map((serverName) => ({ serverName, keyIds: ['ed25519:e1'], at })));
  assert.equal(found.length, 15);
});

test('keys that were fetched once survive a restart of who asks', async () => {
  const { world, hs1, evil } = aWorld();
  assert.equal(await status(evil), 200);
  world.goDown('evil.test');
  const keys = await makeFederation(hs1.env).keyRing.forRequest('evil.test', ['ed25519:e1']);
  assert.equal(keys.size, 1);
});

function verified(answer: JsonObject, server: string, key: string, keyId: string): string {
  return verifyJson(answer, server, new Map([[keyId, decodeBase64(key)!]]));
}

test('our keys are published, signed by us, and good for more than an hour', async () => {
  const { world, evil } = aWorld();
  for (const path of ['/_matrix/key/v2/server', '/_matrix/key/v2/server/ed25519:any']) {
    const { status: code, json } = await evil.ask('hs1.test', 'GET', path, undefined, { header: '' });
    assert.equal(code, 200);
    const [[keyId, { key }] = ['', { key: '' }]] = Object.entries(
      json['verify_keys'] as Record<string, { key: string }>,
    );
    assert.equal(verified(json as JsonObject, 'hs1.test', key, keyId), 'valid');
    assert.ok(Number(json['valid_until_ts']) > world.time.clock.now() + 3_600_000);
    assert.deepEqual(json['old_verify_keys'], {});
    // Some verify the text with the signatures cut out of it.
    assert.deepEqual(Object.keys(json), Object.keys(json).toSorted());
  }
});

test('a notary tells what a server says of itself, signed by both, also when that server is gone', async () => {
  const { world, hs1, evil } = aWorld();
  const asker = world.scripted('asker.test');
  const { keyId, seed } = await hs1.actors.home().signingKey();
  const ours = encodeBase64(signerFromSeed('hs1.test', keyId, seed).publicKey);
  const check = (json: Readonly<Record<string, unknown>>): void => {
    const [answer] = json['server_keys'] as JsonObject[];
    assert.equal(verified(answer!, 'evil.test', encodeBase64(evil.signer.publicKey), 'ed25519:e1'), 'valid');
    assert.equal(verified(answer!, 'hs1.test', ours, keyId), 'valid');
  };
  check((await asker.ask('hs1.test', 'GET', '/_matrix/key/v2/query/evil.test', undefined, { header: '' })).json);
  world.goDown('evil.test');
  await world.sleep(8 * DAY_MS);
  const body = JSON.stringify({ server_keys: { 'evil.test': {}, 'nobody.test': {}, 'no name': {} } });
  check((await asker.ask('hs1.test', 'POST', '/_matrix/key/v2/query', body, { header: '' })).json);
  const none = await asker.ask('hs1.test', 'GET', '/_matrix/key/v2/query/nobody.test', undefined, { header: '' });
  assert.deepEqual(none, { status: 200, json: { server_keys: [] } });
});

test('a notary is not made to ask many servers at once', async () => {
  const { world, evil } = aWorld();
  const names = Array.from({ length: 50 }, (_, n) => [`n${n}.test`, {}]);
  const body = JSON.stringify({ server_keys: Object.fromEntries(names) as JsonObject });
  const { status: code } = await evil.ask('hs1.test', 'POST', '/_matrix/key/v2/query', body, { header: '' });
  assert.equal(code, 200);
  assert.ok(world.sent.filter(({ from }) => from === 'hs1.test').length <= 5);
});

test('a signature of ours on what we did not check is not to be had', async () => {
  const { evil } = aWorld();
  evil.answersKeys = () => answerJson(200, signJson({ server_name: 'hs1.test', secret: 1 }, evil.signer));
  const { json } = await evil.ask('hs1.test', 'GET', '/_matrix/key/v2/query/evil.test', undefined, { header: '' });
  assert.deepEqual(json, { server_keys: [] });
});
