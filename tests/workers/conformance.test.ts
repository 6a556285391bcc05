// The port conformance suite inside Durable Objects.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serveSite } from '../conformance/served-site.ts';
import { conformanceChecks, frontChecks } from '../conformance/suite.ts';
import { Served } from './served.ts';

const served = await Served.start();
after(() => served.stop());

test('conformance of the ports in workerd', async (t) => {
  for (const [index, check] of conformanceChecks.entries()) {
    await t.test(check.name, async () => {
      const { value, ...rest } = await served.call('PROBE', String(index), 'check', [index]);
      assert.deepEqual(rest, {});
      assert.equal(value, undefined, String(value));
    });
  }
});

test("conformance of the front's ports in workerd", async (t) => {
  const site = await serveSite();
  t.after(site.stop);
  for (const [index, check] of frontChecks.entries()) {
    await t.test(check.name, async () => {
      const answer = await fetch(`${served.url}/check?index=${index}&site=${encodeURIComponent(site.url)}`);
      assert.equal(await answer.text(), '');
    });
  }
});
