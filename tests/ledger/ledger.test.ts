// A few crashes on each runtime with every run of the tests; `npm run ledger` does hundreds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUNTIMES } from '../black-box/server.ts';
import { runWithCrashes } from './crashes.ts';

for (const runtime of RUNTIMES) {
  test(`${runtime}: nothing acknowledged is lost or doubled over six crashes`, async () => {
    const ledger = await runWithCrashes(runtime, 6, 20261123);
    assert.deepEqual(ledger.judge().slice(0, 10), []);
    assert.ok(
      ledger.sends.length > 20 && ledger.claims.length > 5 && ledger.toDevice.length > 5 && ledger.kept() > 20,
      'the clients had something to do',
    );
  });
}
