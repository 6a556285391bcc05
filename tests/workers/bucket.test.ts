// Blobs in a bucket, against the platform's own simulation of one.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { R2Bucket } from '@cloudflare/workers-types';
import { getPlatformProxy } from 'wrangler';
import { blobChecks } from '../conformance/blobs.ts';
import { R2Blobs } from '../../src/runtime/workers/r2-blobs.ts';

test('a bucket keeps blobs of any length whole', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'hearth-bucket-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const configPath = join(directory, 'wrangler.jsonc');
  writeFileSync(
    configPath,
    '{ "name": "bucket", "compatibility_date": "2026-10-01", "r2_buckets": [{ "binding": "BLOBS", "bucket_name": "blobs" }] }',
  );
  const proxy = await getPlatformProxy<{ readonly BLOBS: R2Bucket }>({ configPath, persist: false });
  t.after(() => proxy.dispose());
  const blobs = new R2Blobs(proxy.env.BLOBS, 'hs1/');
  const read = async (key: string, range?: { offset: number; length: number }) => {
    const blob = await blobs.get(key, range);
    return (
      blob && {
        size: blob.size,
        bytes: Buffer.from(await new Response(blob.bytes as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer()),
      }
    );
  };

  const part = 5 * 1024 * 1024;
  for (const size of [0, 1000, part, 2 * part + 7]) {
    const bytes = new Uint8Array(size).map((_, index) => (index * 7) % 251);
    assert.deepEqual(await blobs.put('ab/cd', new Blob([bytes]).stream()), { size });
    const whole = await read('ab/cd');
    assert.equal(whole?.size, size);
    assert.ok(whole.bytes.equals(bytes), `${size} bytes`);
  }
  assert.equal((await read('ab/cd', { offset: part - 3, length: 6 }))?.bytes.length, 6);

  let pulls = 0;
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (++pulls > 3) controller.error(new Error('gone'));
      else controller.enqueue(new Uint8Array(3 * 1024 * 1024));
    },
  });
  await assert.rejects(blobs.put('half', broken), /gone/);
  assert.equal(await blobs.get('half'), undefined);
  await blobs.delete('ab/cd');
  assert.equal(await blobs.get('ab/cd'), undefined);
  for (const check of blobChecks) await t.test(check.name, () => check.run({ env: { blobs } }));
});
