// The matrix of the history visibility, in process. https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIFE, Matrix, SETTINGS } from '../black-box/visibility-matrix.ts';
import { Hearth } from './hearth.ts';

for (const setting of SETTINGS) {
  test(`history visibility ${setting}: every surface shows what the specification's table says`, async (context) => {
    const hearth = new Hearth();
    const matrix = await Matrix.begin(hearth, setting);
    for (const part of LIFE) {
      await matrix.enter(part);
      await context.test(part, () => matrix.check(part));
    }
    assert.deepEqual(hearth.errors, []);
  });
}
