// Failpoints by name: known ones act once, unknown ones are refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failpoints, listFailpoints } from '../../../src/runtime/node/failpoints.ts';
import { counting, FailpointError, failpointNames, readFailpoint } from '../../../src/runtime/shared/failpoints.ts';
import { readVariables } from '../../../src/runtime/workers/variables.ts';

test('every name is there once, and can be set', () => {
  for (const runtime of ['node', 'workers'] as const) {
    const names = failpointNames(runtime);
    assert.equal(new Set(names).size, names.length);
    for (const name of names)
      assert.deepEqual(readFailpoint(`${name}:3:kill`, runtime), { name, count: 3, action: 'kill' });
  }
});

test('commits, answers, calls and what goes out have a point before and after', () => {
  const names = new Set(failpointNames('node'));
  for (const name of ['commit', 'sync', 'answer', 'alarm', 'outgoing-request', 'blob-put', 'rooms.writing.send'])
    assert.ok(names.has(`before-${name}`) && names.has(`after-${name}`), name);
});

test('a name that nothing has, and an action that cannot be, are refused', () => {
  for (const text of ['before-nothing:kill', 'before-commit', 'before-commit:kill:3', 'before-commit:-1:kill', ':kill'])
    assert.throws(() => readFailpoint(text, 'node'), /HEARTH_FAILPOINT/, text);
  assert.throws(() => readFailpoint('after-commit:error', 'node'), /nothing can fail/);
  assert.throws(() => readFailpoint('before-sync:kill', 'workers'), /no failpoint/);
  assert.throws(() => readFailpoint('before-commit:delay', 'workers'), /held up/);
});

test('a point acts at the passage that was chosen, and at no other', () => {
  const acts: number[] = [];
  const pass = counting({ name: 'before-commit', count: 3, action: 'kill' });
  for (let n = 1; n < 10; n++) {
    pass('after-commit', () => acts.push(-n));
    pass('before-commit', () => acts.push(n));
  }
  assert.deepEqual(acts, [3]);
  const failing = counting({ name: 'before-commit', count: 1, action: 'error' });
  assert.throws(() => failing('before-commit', () => undefined), FailpointError);
  failing('before-commit', () => assert.fail('it acted twice'));
});

test('a server that is no test takes no failpoint and lists none', () => {
  assert.throws(() => failpoints({ HEARTH_FAILPOINT: 'before-commit:kill' }), /needs HEARTH_TEST=1/);
  assert.throws(() => failpoints({ HEARTH_FAILPOINT: 'before-commit:kill', HEARTH_TEST: '0' }), /needs HEARTH_TEST=1/);
  assert.throws(() => listFailpoints({}), /need HEARTH_TEST=1/);
  assert.equal(listFailpoints({ HEARTH_TEST: '1' }).split('\n').length, failpointNames('node').length);
  const variables = { HEARTH_SERVER_NAME: 'hs1', HEARTH_FAILPOINT: 'before-commit:kill' } as const;
  assert.throws(() => readVariables(variables), /needs HEARTH_TEST=1/);
  assert.equal(readVariables({ ...variables, HEARTH_TEST: '1' }).failpoint, 'before-commit:kill');
});
