// The door for large bytes: a folder on Node, R2 on Workers. Keys are ours and never a stranger's string.

export interface Blobs {
  /**
   * Stores the bytes whole or not at all; they are durable when the promise resolves. What was there under the key stands
   * until then, and stays if the bytes stop early. A key is names of `[a-z0-9_-]` with `/` between; any other is an error.
   */
  put(key: string, bytes: ReadableStream<Uint8Array> | Uint8Array): Promise<{ readonly size: number }>;
  /**
   * The blob, or undefined if there is none. Of a range it brings what there is, which may be nothing. Whoever reads on while
   * the blob is replaced or deleted reads the old bytes or an error, never a mixture.
   */
  get(key: string, range?: BlobRange): Promise<Blob | undefined>;
  /** Deletes a blob, for good when the promise resolves; nothing happens if there is none. */
  delete(key: string): Promise<void>;
}

/** In bytes, whole numbers from 0 on. */
export interface BlobRange {
  readonly offset: number;
  readonly length: number;
}

export interface Blob {
  /** Bytes of the whole blob, also where only a range of it was asked for. */
  readonly size: number;
  /** Must be read to its end or cancelled. */
  readonly bytes: ReadableStream<Uint8Array>;
}
