// Attacks on what rooms answer, in process: they run over HTTP on both runtimes in tests/black-box.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as checks from '../black-box/reading-checks.ts';
import { Hearth } from './hearth.ts';

for (const [name, check] of Object.entries(checks)) {
  test(`reading: ${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`, async () => {
    const hearth = new Hearth();
    await check(hearth);
    assert.deepEqual(hearth.errors, []);
  });
}
