// What the platform hands to the Worker and to each object: where the objects of a kind are found, the bucket, and settings.
import type { R2Bucket, Response as PlatformResponse } from '@cloudflare/workers-types';
import type { Answer } from '../shared/answer.ts';
import type { BlobNamespace } from './object-blobs.ts';

/** An object from outside. One is used within the request that made it and never kept. */
export interface ObjectStub {
  call(part: string | undefined, method: string, args: readonly unknown[]): Promise<Answer>;
  /** Drops the object from memory, without letting it finish. For tests. */
  drop(): Promise<void>;
  /** Likewise for tests: see `DurableSql.failAfter`. */
  failAfter(statements: number): Promise<boolean>;
  fetch(url: string, init: { readonly headers: Record<string, string> }): Promise<PlatformResponse>;
}

export interface ObjectNamespace {
  getByName(name: string): ObjectStub;
}

/** Variables and secrets: the settings, as `HEARTH_` and the setting's name in capitals. */
export type Variables = Readonly<Partial<Record<`HEARTH_${string}`, string>>>;

export type Bindings = Variables & {
  readonly ROOM: ObjectNamespace;
  readonly USERS: ObjectNamespace;
  readonly HOME: ObjectNamespace;
  readonly SERVERS: ObjectNamespace;
  /** Media: a bucket, or objects where there is none. */
  readonly BLOBS?: R2Bucket;
  readonly BLOB?: BlobNamespace;
};
