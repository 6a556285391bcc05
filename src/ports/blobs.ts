// The door for large bytes: a folder on Node, R2 on Workers. Keys are ours: `[a-z0-9/_-]`, never a stranger's string.

export interface Blobs {
  /** Stores the bytes whole or not at all; they are durable when the promise resolves. */
  put(key: string, bytes: ReadableStream<Uint8Array> | Uint8Array): Promise<{ readonly size: number }>;
  get(key: string, range?: { readonly offset: number; readonly length: number }): Promise<Blob | undefined>;
  delete(key: string): Promise<void>;
}

export interface Blob {
  readonly size: number;
  readonly bytes: ReadableStream<Uint8Array>;
}
