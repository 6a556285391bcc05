// Large bytes: whole or not at all, in parts when read, gone when deleted.
import assert from 'node:assert/strict';
import type { Blob, BlobRange, Blobs } from '../../src/ports/blobs.ts';
import type { FrontWorld } from './world.ts';

interface BlobCheck {
  readonly name: string;
  run(world: { readonly env: Pick<FrontWorld['env'], 'blobs'> }): Promise<void>;
}

/** Longer than any adapter's pieces but those of a bucket, and no multiple of them. */
const LONG = 2_300_007;
const pattern = (length: number, seed = 0): Uint8Array =>
  new Uint8Array(length).map((_, index) => (index * 7 + seed) % 251);

/** A stream of uneven chunks, some of them empty. */
function streamOf(bytes: Uint8Array, failsAt = Infinity): ReadableStream<Uint8Array> {
  const sizes = [1, 0, 70_001, 3, 524_288];
  let at = 0;
  let turn = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= failsAt) return controller.error(new Error('the sender has gone'));
      if (at >= bytes.length) return controller.close();
      const size = sizes[turn++ % sizes.length]!;
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const reader = blob.bytes.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
  }
  const whole = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

async function read(blobs: Blobs, key: string, range?: BlobRange): Promise<Uint8Array | undefined> {
  const blob = await blobs.get(key, range);
  return blob && (await bytesOf(blob));
}

function assertSame(found: Uint8Array | undefined, wanted: Uint8Array): void {
  assert.equal(found?.length, wanted.length);
  // A difference of megabytes is not to be printed.
  assert.ok(found.every((byte, index) => byte === wanted[index]));
}

export const blobChecks: readonly BlobCheck[] = [
  {
    name: 'a blob comes back as it was stored, with its size',
    async run({ env: { blobs } }) {
      const bytes = pattern(LONG);
      assert.deepEqual(await blobs.put('whole/bytes', bytes), { size: LONG });
      const blob = await blobs.get('whole/bytes');
      assert.equal(blob?.size, LONG);
      assertSame(await bytesOf(blob), bytes);
    },
  },
  {
    name: 'a stream is stored whole, however it is cut',
    async run({ env: { blobs } }) {
      const bytes = pattern(LONG, 3);
      assert.deepEqual(await blobs.put('whole/stream', streamOf(bytes)), { size: LONG });
      assertSame(await read(blobs, 'whole/stream'), bytes);
    },
  },
  {
    name: 'a blob keeps its bytes when the caller changes his',
    async run({ env: { blobs } }) {
      const mine = pattern(1000);
      await blobs.put('own', mine);
      mine.fill(9);
      assertSame(await read(blobs, 'own'), pattern(1000));
    },
  },
  {
    name: 'an empty blob is a blob',
    async run({ env: { blobs } }) {
      assert.deepEqual(await blobs.put('empty/bytes', new Uint8Array()), { size: 0 });
      assert.deepEqual(await blobs.put('empty/stream', streamOf(new Uint8Array())), { size: 0 });
      for (const key of ['empty/bytes', 'empty/stream']) {
        assert.equal((await blobs.get(key, { offset: 0, length: 10 }))?.size, 0);
        assert.equal((await read(blobs, key))?.length, 0);
      }
    },
  },
  {
    name: 'what is not there is undefined, also in part',
    async run({ env: { blobs } }) {
      assert.equal(await blobs.get('missing'), undefined);
      assert.equal(await blobs.get('missing/below', { offset: 5, length: 5 }), undefined);
      assert.equal(await blobs.get('missing/below', { offset: 0, length: 0 }), undefined);
    },
  },
  {
    name: 'a range brings what there is of it, and the size of the whole',
    async run({ env: { blobs } }) {
      const bytes = pattern(LONG, 5);
      await blobs.put('range', bytes);
      const ranges: readonly BlobRange[] = [
        { offset: 0, length: 1 },
        { offset: 999_990, length: 1_000_020 },
        { offset: LONG - 3, length: 3 },
        { offset: LONG - 3, length: 1000 },
        { offset: 10, length: 0 },
        { offset: LONG, length: 5 },
        { offset: LONG + 1000, length: 5 },
      ];
      for (const range of ranges) {
        const blob = await blobs.get('range', range);
        assert.equal(blob?.size, LONG);
        assertSame(await bytesOf(blob), bytes.slice(range.offset, range.offset + range.length));
      }
      for (const range of [
        { offset: -1, length: 5 },
        { offset: 0, length: -1 },
        { offset: 0.5, length: 1 },
      ])
        await assert.rejects(blobs.get('range', range));
    },
  },
  {
    name: 'a blob whose sender goes away is not there',
    async run({ env: { blobs } }) {
      await assert.rejects(blobs.put('half', streamOf(pattern(LONG), 1_500_000)));
      assert.equal(await blobs.get('half'), undefined);
    },
  },
  {
    name: 'a blob stays as it was when a sender goes away who would have replaced it',
    async run({ env: { blobs } }) {
      await blobs.put('kept', pattern(1000));
      await assert.rejects(blobs.put('kept', streamOf(pattern(LONG), 1_500_000)));
      assertSame(await read(blobs, 'kept'), pattern(1000));
    },
  },
  {
    name: 'a blob is replaced whole, by a shorter one too',
    async run({ env: { blobs } }) {
      await blobs.put('replaced', pattern(LONG));
      assert.deepEqual(await blobs.put('replaced', pattern(10, 1)), { size: 10 });
      assert.equal((await blobs.get('replaced', { offset: 0, length: 1 }))?.size, 10);
      assertSame(await read(blobs, 'replaced'), pattern(10, 1));
    },
  },
  {
    name: 'of two that are stored at once under one key one stays, whole',
    async run({ env: { blobs } }) {
      const two = [pattern(LONG, 1), pattern(LONG - 7, 2)] as const;
      await Promise.all(two.map((bytes) => blobs.put('raced', streamOf(bytes))));
      const found = await read(blobs, 'raced');
      assertSame(found, two.find(({ length }) => length === found?.length) ?? two[0]);
    },
  },
  {
    name: 'whoever reads while a blob is replaced reads the old one or an error',
    async run({ env: { blobs } }) {
      await blobs.put('read', pattern(LONG, 1));
      const blob = await blobs.get('read');
      assert.ok(blob);
      await blobs.put('read', pattern(LONG, 2));
      const found = await bytesOf(blob).catch(() => undefined);
      if (found) assertSame(found, pattern(LONG, 1));
    },
  },
  {
    name: 'a reader may stop early, and another reads on',
    async run({ env: { blobs } }) {
      await blobs.put('stopped', pattern(LONG));
      const blob = await blobs.get('stopped');
      const reader = blob?.bytes.getReader();
      await reader?.read();
      await reader?.cancel();
      assertSame(await read(blobs, 'stopped'), pattern(LONG));
    },
  },
  {
    name: 'what is deleted is gone, deleting it again does nothing, and the key may be used again',
    async run({ env: { blobs } }) {
      await blobs.put('deleted', pattern(LONG));
      await blobs.delete('deleted');
      assert.equal(await blobs.get('deleted'), undefined);
      await blobs.delete('deleted');
      await blobs.delete('never/there');
      await blobs.put('deleted', pattern(5));
      assertSame(await read(blobs, 'deleted'), pattern(5));
    },
  },
  {
    name: 'a key may begin as another one ends',
    async run({ env: { blobs } }) {
      await blobs.put('a', pattern(1));
      await blobs.put('a/b', pattern(2));
      await blobs.put('a/b/c', pattern(3));
      for (const [key, size] of [
        ['a', 1],
        ['a/b', 2],
        ['a/b/c', 3],
      ] as const)
        assert.equal((await read(blobs, key))?.length, size);
    },
  },
  {
    name: 'what is no key of ours is refused',
    async run({ env: { blobs } }) {
      for (const key of [
        '',
        '/',
        'a/',
        '/a',
        'a//b',
        '..',
        '../a',
        'a/../b',
        'A',
        'a.b',
        'a\0',
        'é',
        'a'.repeat(300),
      ]) {
        await assert.rejects(async () => blobs.put(key, pattern(1)), `put ${key}`);
        await assert.rejects(async () => blobs.get(key), `get ${key}`);
        await assert.rejects(async () => blobs.delete(key), `delete ${key}`);
      }
    },
  },
];
