// One blob as a Durable Object, for workerd without a bucket: rows of one size, and a last row that makes them count.
import { DurableObject } from 'cloudflare:workers';
import type { DurableObjectState } from '@cloudflare/workers-types';
import type { Bindings } from '../bindings.ts';
import { DurableSql } from '../durable-sql.ts';
import { piecesOf } from '../pieces.ts';

const PIECE_BYTES = 1_000_000;

export class BlobObject extends DurableObject<Bindings> {
  readonly #sql: DurableSql;

  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(ctx, bindings);
    this.#sql = new DurableSql(ctx.storage);
  }

  async fetch(request: Request): Promise<Response> {
    if (request.method === 'PUT') return this.#put(request);
    if (request.method === 'DELETE') {
      await this.ctx.storage.deleteAll();
      return new Response(null, { status: 204 });
    }
    return this.#get(new URL(request.url).searchParams);
  }

  /** Each upload has pieces of its own, so that one that stops early, or runs beside another, changes nothing. */
  async #put(request: Request): Promise<Response> {
    this.#sql.run(
      'CREATE TABLE IF NOT EXISTS pieces (upload INTEGER NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (upload, at))',
    );
    this.#sql.run(
      'CREATE TABLE IF NOT EXISTS blob (one INTEGER NOT NULL PRIMARY KEY, upload INTEGER NOT NULL, size INTEGER NOT NULL)',
    );
    const upload = Number(this.#sql.first('SELECT coalesce(max(upload), 0) + 1 AS upload FROM pieces')?.['upload']);
    // Holds the number against an upload beside this one.
    this.#sql.run('INSERT INTO pieces VALUES (?, -1, ?)', upload, new Uint8Array(0));
    let size = 0;
    try {
      for await (const piece of piecesOf(request.body ?? new Uint8Array(0), PIECE_BYTES)) {
        this.#sql.run('INSERT INTO pieces VALUES (?, ?, ?)', upload, size, piece);
        size += piece.length;
      }
    } catch {
      this.#sql.run('DELETE FROM pieces WHERE upload = ?', upload);
      return new Response(null, { status: 400 });
    }
    this.#sql.transaction(() => {
      const before = this.#sql.first('SELECT upload FROM blob')?.['upload'] ?? -1;
      this.#sql.run(
        'INSERT INTO blob VALUES (1, ?1, ?2) ON CONFLICT (one) DO UPDATE SET upload = ?1, size = ?2',
        upload,
        size,
      );
      this.#sql.run('DELETE FROM pieces WHERE upload = ?', before);
    });
    return Response.json({ size });
  }

  #get(query: URLSearchParams): Response {
    const tables = this.#sql.first("SELECT 1 AS found FROM sqlite_master WHERE name = 'blob'");
    const blob = tables && this.#sql.first('SELECT upload, size FROM blob');
    if (!blob) return new Response(null, { status: 404 });
    const size = Number(blob['size']);
    let at = Math.min(Number(query.get('offset') ?? 0), size);
    const end = Math.min(size, at + Number(query.get('length') ?? size));
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (at >= end) return controller.close();
        const start = at - (at % PIECE_BYTES);
        const bytes = this.#sql.first<{ bytes: Uint8Array }>(
          'SELECT bytes FROM pieces WHERE upload = ? AND at = ?',
          Number(blob['upload']),
          start,
        )?.bytes;
        if (!bytes) return controller.error(new Error('the blob was replaced'));
        const part = bytes.slice(at - start, end - start);
        at += part.length;
        controller.enqueue(part);
      },
    });
    return new Response(body, { headers: { 'Blob-Size': String(size) } });
  }
}
