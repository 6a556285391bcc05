// Finding endpoints. https://spec.matrix.org/v1.19/client-server-api/#api-standards
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyAnswer } from '../../src/api/answers.ts';
import type { Endpoint, Method } from '../../src/api/endpoint.ts';
import { Router } from '../../src/api/router.ts';
import { MatrixError } from '../../src/spec/errors.ts';

const endpoint = (operationId: string, method: Method, path: string, ...alsoPaths: string[]): Endpoint => ({
  operationId,
  method,
  path,
  alsoPaths,
  auth: 'none',
  rateLimit: 'read',
  spec: '',
  answer: emptyAnswer,
  handle: async () => ({ json: {} }),
});
const router = new Router([
  endpoint('rules', 'GET', '/_matrix/client/v3/pushrules/'),
  endpoint(
    'state',
    'GET',
    '/_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}',
    '/_matrix/client/v3/rooms/{roomId}/state/{eventType}',
  ),
  endpoint('send', 'PUT', '/_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}'),
  endpoint('current', 'GET', '/_matrix/client/v3/keys/version'),
  endpoint('one', 'GET', '/_matrix/client/v3/keys/{version}'),
  endpoint('deep', 'GET', '/_matrix/client/v3/keys/{version}/x'),
]);

function found(method: string, target: string): readonly [string, Readonly<Record<string, string>>] {
  const route = router.find(method, target);
  assert.ok(route.kind === 'found', `${target}: ${route.kind}`);
  return [route.endpoint.operationId, Object.fromEntries(route.params)];
}

test('parameters are decoded once, after the path was split', () => {
  assert.deepEqual(found('GET', '/_matrix/client/v3/rooms/%21r%3Ahs1/state/m.room.x/a%2Fb%252F'), [
    'state',
    { roomId: '!r:hs1', eventType: 'm.room.x', stateKey: 'a/b%2F' },
  ]);
});

test('a state key may be empty, with a slash at the end or without', () => {
  assert.deepEqual(found('GET', '/_matrix/client/v3/rooms/!r:hs1/state/m.room.name/')[1]['stateKey'], '');
  assert.equal(found('GET', '/_matrix/client/v3/rooms/!r:hs1/state/m.room.name')[0], 'state');
});

test('a slash at the end is part of the path where it is', () => {
  assert.equal(found('GET', '/_matrix/client/v3/pushrules/')[0], 'rules');
  assert.equal(router.find('GET', '/_matrix/client/v3/pushrules').kind, 'unknown');
});

test('a literal goes before a parameter, which is tried when the literal leads nowhere', () => {
  assert.equal(found('GET', '/_matrix/client/v3/keys/version')[0], 'current');
  assert.deepEqual(found('GET', '/_matrix/client/v3/keys/version/x'), ['deep', { version: 'version' }]);
});

test('r0 is v3 under its older name', () => {
  assert.equal(found('GET', '/_matrix/client/r0/pushrules/')[0], 'rules');
});

test('an unknown path and a wrong method are told apart', () => {
  assert.equal(router.find('GET', '/_matrix/client/v3/nothing').kind, 'unknown');
  assert.deepEqual(router.find('GET', '/_matrix/client/v3/rooms/!r/send/m/1'), {
    kind: 'wrong-method',
    allowed: ['PUT'],
  });
});

test('the query is not part of the path', () => {
  const route = router.find('GET', '/_matrix/client/v3/pushrules/?a=b%20c');
  assert.ok(route.kind === 'found');
  assert.equal(route.query.get('a'), 'b c');
});

test('what is not percent encoding is refused', () => {
  for (const bad of ['%', '%zz', '%ff', '%c3%28']) {
    assert.throws(
      () => router.find('GET', `/_matrix/client/v3/keys/${bad}`),
      (error) => error instanceof MatrixError && error.status === 400,
    );
  }
});
