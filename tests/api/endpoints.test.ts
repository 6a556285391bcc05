// The endpoint values against the specification's own list.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoints } from '../../src/api/endpoints.ts';
import { BESIDE, operations, page } from '../../tools/endpoints.ts';
import { read } from '../tidy/source-files.ts';

const SPECIFICATION = 'https://spec.matrix.org/v1.19/';

test('every endpoint is an operation of the specification, under its id and path', () => {
  const known = new Set(operations().map(({ id, method, path }) => `${id} ${method} ${path}`));
  const unknown = endpoints.flatMap(({ operationId, alsoOperationIds = [], method, path }) =>
    [operationId, ...alsoOperationIds]
      .filter((id) => !BESIDE.has(id) && !known.has(`${id} ${method} ${path}`))
      .map((id) => `${id} ${path}`),
  );
  assert.deepEqual(unknown, []);
});

test('what is served besides the specification is listed by name, and nothing else is', () => {
  const served = new Set(endpoints.map(({ operationId }) => operationId));
  assert.deepEqual(
    [...BESIDE.keys()].filter((operationId) => !served.has(operationId)),
    [],
  );
});

test('no two endpoints are the same', () => {
  const places = endpoints.map(({ method, path }) => `${method} ${path}`);
  assert.equal(new Set(places).size, places.length);
});

test('every endpoint links the section that describes it', () => {
  const anchors = new Set(
    read('docs/compliance/spec-anchors.txt')
      .split('\n')
      .map((line) => SPECIFICATION + line),
  );
  assert.deepEqual(
    endpoints.filter(({ spec }) => !anchors.has(spec)).map(({ operationId, spec }) => `${operationId} ${spec}`),
    [],
  );
});

test('the table of operations is as the endpoints are', () => {
  assert.equal(read('docs/compliance/endpoints.md'), page());
});
