// One blob as a Durable Object, for workerd without a bucket: rows of one size, and a last row that makes them count.
import { DurableObject } from 'cloudflare:workers';
import type { DurableObjectState } from '@cloudflare/workers-types';
import type { Bindings } from '../bindings.ts';
import { DurableSql } from '../durable-sql.ts';
import { PIECE_BYTES } from '../object-blobs.ts';

export class BlobObject extends DurableObject<Bindings> {
  readonly #sql: DurableSql;

  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(ctx, bindings);
    this.#sql = new DurableSql(ctx.storage);
  }

  async fetch(request: Request): Promise<Response> {
    const query = new URL(request.url).searchParams;
    if (request.method === 'GET') return this.#get(query);
    const upload = query.get('upload');
    if (upload === null) await this.ctx.storage.deleteAll();
    else if (request.method === 'PUT')
      this.#keep(Number(upload), Number(query.get('at')), new Uint8Array(await request.arrayBuffer()));
    else if (request.method === 'POST') this.#finish(Number(upload), Number(query.get('size')));
    else this.#makeTables().run('DELETE FROM pieces WHERE upload = ?', Number(upload));
    return new Response(null, { status: 204 });
  }

  #makeTables(): DurableSql {
    this.#sql.run(
      'CREATE TABLE IF NOT EXISTS pieces (upload INTEGER NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (upload, at))',
    );
    this.#sql.run(
      'CREATE TABLE IF NOT EXISTS blob (one INTEGER NOT NULL PRIMARY KEY, upload INTEGER NOT NULL, size INTEGER NOT NULL)',
    );
    return this.#sql;
  }

  /** Each upload has pieces of its own, so that one that stops early, or runs beside another, changes nothing. */
  #keep(upload: number, at: number, piece: Uint8Array): void {
    this.#makeTables().run('INSERT INTO pieces VALUES (?, ?, ?)', upload, at, piece);
  }

  #finish(upload: number, size: number): void {
    const sql = this.#makeTables();
    sql.transaction(() => {
      const kept = sql.first('SELECT coalesce(sum(length(bytes)), 0) AS size FROM pieces WHERE upload = ?', upload);
      if (kept?.['size'] !== size) throw new Error('a piece of the blob is missing');
      const before = sql.first('SELECT upload FROM blob')?.['upload'] ?? -1;
      sql.run(
        'INSERT INTO blob VALUES (1, ?1, ?2) ON CONFLICT (one) DO UPDATE SET upload = ?1, size = ?2',
        upload,
        size,
      );
      sql.run('DELETE FROM pieces WHERE upload = ?', before);
    });
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
