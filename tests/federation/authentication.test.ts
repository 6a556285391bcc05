// Who may ask as a server, and what the signature holds fast (P01 to P04).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoints } from '../../src/api/endpoints.ts';
import { makeFederation } from '../../src/federation/federation.ts';
import { signerFromSeed } from '../../src/events/signing-key.ts';
import { DEFAULT_ALLOWANCES } from '../../src/spec/rate-limits/allowances.ts';
import { encodeBase64 } from '../../src/spec/base64.ts';
import { canonicalJson } from '../../src/spec/canonical-json.ts';
import { readJson } from '../../src/spec/strict-json.ts';
import { FederationWorld, someone } from './world.ts';

const SEND = '/_matrix/federation/v1/send/t1';
/** What answers everybody. https://spec.matrix.org/v1.19/server-server-api/#request-authentication */
const OPEN = /^\/_matrix\/(key\/v2\/|federation\/v1\/(version|openid\/userinfo)$)/;

function aWorld() {
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test');
  const evil = world.scripted('evil.test');
  return { world, hs1, evil, body: evil.transactionBody([]) };
}

test('a request that is signed is answered', async () => {
  const { evil, body } = aWorld();
  assert.deepEqual(await evil.ask('hs1.test', 'PUT', SEND, body), { status: 200, json: { pdus: {} } });
});

test('without a signature, or with a token of a user, no operation for servers answers', async () => {
  const { hs1, evil } = aWorld();
  const alice = await someone(hs1, 'alice');
  const forServers = endpoints.filter(({ path }) => /^\/_matrix\/(federation|key|policy)\//.test(path));
  assert.ok(forServers.length > 4);
  for (const { method, path } of forServers) {
    if (OPEN.test(path)) continue;
    const target = path.replaceAll(/\{[^}]*\}/g, '!x');
    const body = method === 'GET' ? undefined : evil.transactionBody([]);
    for (const header of ['', `Bearer ${alice.token}`]) {
      const answer = await evil.ask('hs1.test', method, target, body, { header });
      assert.equal(answer.status, 401, `${method} ${path}`);
      assert.deepEqual(Object.keys(answer.json).sort(), ['errcode', 'error']);
    }
  }
});

test('a signature by another key under the same id is refused', async () => {
  const { evil, body } = aWorld();
  const signer = signerFromSeed('evil.test', 'ed25519:e1', new Uint8Array(32).fill(9));
  assert.equal((await evil.ask('hs1.test', 'PUT', SEND, body, { signer })).status, 401);
});

test('a server cannot ask in the name of another', async () => {
  const { world, evil } = aWorld();
  const hon = world.scripted('hon.test');
  for (const keyId of [evil.signer.keyId, hon.signer.keyId]) {
    const answer = await evil.ask('hs1.test', 'PUT', SEND, hon.transactionBody([]), { origin: 'hon.test', keyId });
    assert.equal(answer.status, 401);
    assert.equal(answer.json['errcode'], 'M_UNAUTHORIZED');
  }
});

test('a server cannot ask in our own name', async () => {
  const { evil, body } = aWorld();
  assert.equal((await evil.ask('hs1.test', 'PUT', SEND, body, { origin: 'hs1.test' })).status, 401);
});

test('a request that is for another server is refused, however well it is signed', async () => {
  const { evil, body } = aWorld();
  for (const destination of ['other.test', 'HS1.test', 'hs1.test:8448'])
    assert.equal((await evil.ask('hs1.test', 'PUT', SEND, body, { destination })).status, 401);
});

test('a request that names no destination is taken from older servers', async () => {
  const { evil, body } = aWorld();
  const signed = { content: readJson(body).value, method: 'PUT', origin: 'evil.test', uri: SEND };
  const signature = encodeBase64(evil.signer.sign(canonicalJson(signed)));
  const header = `X-Matrix origin=evil.test,key="ed25519:e1",sig="${signature}"`;
  assert.equal((await evil.ask('hs1.test', 'PUT', SEND, body, { header })).status, 200);
  // One that was signed with a destination does not become one without.
  const cut = evil.header('hs1.test', 'PUT', SEND, body).replace('destination="hs1.test",', '');
  assert.equal((await evil.ask('hs1.test', 'PUT', SEND, body, { header: cut })).status, 401);
});

test('the signature holds method, path, query and body fast', async () => {
  const { evil, body } = aWorld();
  const target = `${SEND}?a=b`;
  assert.equal((await evil.ask('hs1.test', 'PUT', target, body)).status, 200);
  const other = { ...(JSON.parse(body) as object), origin_server_ts: 1 };
  for (const changed of [
    { sentTarget: '/_matrix/federation/v1/send/t2?a=b' },
    { sentTarget: `${SEND}?a=c` },
    { sentTarget: SEND },
    { sentTarget: '/_matrix/federation/v1/send/%741?a=b' },
    { sentBody: JSON.stringify(other) },
    { sentBody: `${body.slice(0, -1)},"more":1}` },
  ])
    assert.equal((await evil.ask('hs1.test', 'PUT', target, body, changed)).status, 401, JSON.stringify(changed));
});

test('the signature of one method does not do for another', async () => {
  const { evil, body } = aWorld();
  const header = evil.header('hs1.test', 'POST', SEND, body);
  assert.equal((await evil.ask('hs1.test', 'PUT', SEND, body, { header })).status, 401);
});

test('the same body in another spelling is the same body', async () => {
  const { evil, body } = aWorld();
  const sentBody = JSON.stringify(JSON.parse(body), null, 2).replace('evil.test', String.raw`evil\u002etest`);
  assert.equal((await evil.ask('hs1.test', 'PUT', SEND, body, { sentBody })).status, 200);
});

test('one wrong signature beside a good one spoils the request', async () => {
  const { evil, body } = aWorld();
  const second = signerFromSeed('evil.test', 'ed25519:e2', new Uint8Array(32).fill(8));
  evil.answersKeys = () => ({
    status: 200,
    headers: [],
    body: JSON.stringify(evil.keys()),
  });
  const good = evil.header('hs1.test', 'PUT', SEND, body);
  const unknown = evil.header('hs1.test', 'PUT', SEND, body, { signer: second });
  // A key that nobody knows proves nothing and takes nothing away.
  assert.equal((await evil.ask('hs1.test', 'PUT', SEND, body, { header: `${good}, ${unknown}` })).status, 200);
  for (const header of [`${good}, ${good}`, `${good}, ${good.replace('evil.test', 'hon.test')}`])
    assert.equal((await evil.ask('hs1.test', 'PUT', SEND, body, { header })).status, 401);
});

test('a body that is no JSON, or has two meanings, is refused before anything is done', async () => {
  const { evil, body } = aWorld();
  for (const sentBody of ['', '{', `${body.slice(0, -1)},"pdus":[]}`, '\ufeff{}'])
    assert.ok([400, 401].includes((await evil.ask('hs1.test', 'PUT', SEND, body, { sentBody })).status), sentBody);
});

test('each server has a rate of its own', async () => {
  const world = new FederationWorld();
  world.hearth('hs1.test', { rateLimits: { ...DEFAULT_ALLOWANCES, federation: { perSecond: 1, burst: 2 } } });
  const [evil, hon] = [world.scripted('evil.test'), world.scripted('hon.test')];
  assert.equal((await evil.transaction('hs1.test', [])).status, 200);
  assert.equal((await evil.transaction('hs1.test', [])).status, 200);
  const refused = await evil.transaction('hs1.test', []);
  assert.deepEqual([refused.status, refused.json['errcode']], [429, 'M_LIMIT_EXCEEDED']);
  assert.equal((await hon.transaction('hs1.test', [])).status, 200);
  // Nor does it take from another to use its name.
  await evil.ask('hs1.test', 'PUT', SEND, evil.transactionBody([]), { origin: 'hon.test' });
  await evil.ask('hs1.test', 'PUT', SEND, evil.transactionBody([]), { origin: 'hon.test' });
  assert.equal((await hon.transaction('hs1.test', [])).status, 200);
});

test('what one Hearth signs, another takes', async () => {
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test');
  world.hearth('hs2.test');
  const { client } = makeFederation(hs1.env);
  const body = { origin: 'hs1.test', origin_server_ts: 1, pdus: [] };
  const answer = await client.send({ destination: 'hs2.test', method: 'PUT', target: SEND, body });
  assert.deepEqual(answer, { kind: 'ok', json: { pdus: {} }, text: '{"pdus":{}}' });
});
